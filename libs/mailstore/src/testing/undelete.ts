import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, drop, fetchAll, inbox, item, lines, named, newAccount, readAll, type Subject, text } from './helpers.ts';

const DAY = 86_400_000;

export function undeleteTests(subject: Subject): void {
  restoreTests(subject);
  forgetTests(subject);
  retentionTests(subject);
}

function restoreTests({ store, reopen }: Subject): void {
  test('what was expunged is listed, newest first, and can be put back', async () => {
    const account = newAccount();
    const coded = lines(['From: =?utf-8?q?J=C3=B6rg?= <j@x>', 'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=']);
    await store().deliver([item(account, coded, { flags: ['\\Flagged', '$Word'] }), item(account, text('b'))]);
    const { id } = await inbox(store(), account);
    const [before] = await fetchAll(store(), account, id, {});
    const size = (await store().usage(account)).bytes;
    await drop(store(), account, id, [1]);
    await drop(store(), account, id, [2]);
    assert.deepEqual(await store().usage(account), { bytes: 0, messages: 0 });
    await store().collectGarbage();
    await reopen();
    const listed = await store().listExpunged(account);
    assert.deepEqual(
      listed.map(({ mailbox, uid, subject, from, flags }) => [mailbox, uid, subject, from, [...flags].sort()]),
      [
        ['INBOX', 2, 'b', 'a@example.org', ['\\Deleted']],
        ['INBOX', 1, 'Grüße', 'Jörg', ['$Word', '\\Deleted', '\\Flagged']],
      ],
    );
    const ids = listed.map((message) => message.id);
    assert.equal(await store().restoreExpunged(newAccount(), ids), 0);
    assert.equal(await store().restoreExpunged(account, [...ids, 987_654_321]), 2);
    assert.equal(await store().restoreExpunged(account, ids), 0);
    const back = await fetchAll(store(), account, id, {});
    assert.deepEqual(
      back.map(({ uid }) => uid),
      [3, 4],
    );
    const restored = back.find((message) => message.emailId === before?.emailId);
    assert.deepEqual([...(restored?.flags ?? [])].sort(), ['$Word', '\\Flagged']);
    assert.deepEqual([restored?.internalDate, restored?.threadId], [before?.internalDate, before?.threadId]);
    assert.equal((await store().usage(account)).bytes, size);
    assert.deepEqual(await store().listExpunged(account), []);
    const found = await store().search(account, id, { op: 'text', field: { header: 'subject' }, text: 'grüße' });
    assert.deepEqual([...found.uids], [restored?.uid]);
  });

  test('messages of a deleted mailbox come back with it, or into another one', async () => {
    const account = newAccount();
    await store().createMailbox(account, 'team/list');
    await store().deliver(['a', 'b'].map((name) => item(account, text(name), { mailbox: 'team/list' })));
    await store().deleteMailbox(account, 'team/list');
    const [first, second] = await store().listExpunged(account, { mailbox: 'team/list' });
    assert.deepEqual([first?.mailbox, second?.mailbox], ['team/list', 'team/list']);
    assert.equal(await store().restoreExpunged(account, [first?.id ?? 0]), 1);
    assert.equal((await named(store(), account, 'team/list')).messages, 1);
    assert.equal(await store().restoreExpunged(account, [second?.id ?? 0], 'rescued/here'), 1);
    const rescued = await named(store(), account, 'rescued/here');
    assert.match((await readAll(store(), account, rescued.id))[0]?.text ?? '', /Subject: [ab]/);
    await drop(store(), account, rescued.id);
    const [again] = await store().listExpunged(account);
    await assert.rejects(store().restoreExpunged(account, [again?.id ?? 0], 'bad//name'), code('INVALID'));
  });

  test('the list of what was expunged can be narrowed', async () => {
    const account = newAccount();
    await store().deliver(['a', 'b', 'c'].map((name) => item(account, text(name))));
    await store().deliver([item(account, text('d'), { mailbox: 'Junk' })]);
    await drop(store(), account, (await inbox(store(), account)).id);
    await drop(store(), account, (await named(store(), account, 'Junk')).id);
    assert.equal((await store().listExpunged(account)).length, 4);
    assert.equal((await store().listExpunged(account, { mailbox: 'inbox' })).length, 3);
    assert.equal((await store().listExpunged(account, { limit: 2 })).length, 2);
    assert.equal((await store().listExpunged(account, { since: Date.now() + 1000 })).length, 0);
    assert.equal((await store().listExpunged(account, { since: Date.now() - 60_000, mailbox: 'Junk' })).length, 1);
  });
}

function forgetTests({ store }: Subject): void {
  test('what is purged cannot be put back, and its content goes', async () => {
    const account = newAccount();
    await store().purgeExpunged(Date.now() + 1);
    await store().collectGarbage();
    const unique = text(account, 'purged'.repeat(100));
    await store().deliver([item(account, unique)]);
    await drop(store(), account, (await inbox(store(), account)).id);
    const [gone] = await store().listExpunged(account);
    assert.equal(await store().purgeExpunged(Date.now() - 60_000), 0);
    assert.equal(await store().collectGarbage(), 0);
    assert.ok((await store().purgeExpunged(Date.now() + 1)) >= 1);
    assert.deepEqual(await store().listExpunged(account), []);
    assert.equal(await store().restoreExpunged(account, [gone?.id ?? 0]), 0);
    assert.equal(await store().collectGarbage(), unique.length);
  });

  test('once vanished UIDs are forgotten, whoever knows less than that is told so', async () => {
    const account = newAccount();
    await store().deliver(['a', 'b', 'c'].map((name) => item(account, text(name))));
    const { id, highestModseq } = await inbox(store(), account);
    await drop(store(), account, id, [1]);
    const since = (await inbox(store(), account)).highestModseq;
    await store().purgeVanished(Date.now() - 60_000);
    assert.deepEqual((await store().changesSince(account, id, highestModseq)).complete, true);
    assert.ok((await store().purgeVanished(Date.now() + 1)) >= 1);
    const old = await store().changesSince(account, id, highestModseq);
    assert.deepEqual([old.complete, old.vanished], [false, []]);
    assert.equal((await store().changesSince(account, id, since)).complete, true);
    await drop(store(), account, id, [2]);
    const next = await store().changesSince(account, id, since);
    assert.deepEqual([next.complete, next.vanished], [true, [2]]);
  });
}

function retentionTests({ store }: Subject): void {
  test('retention expunges what is older than its rule, by name and by special use, and it stays restorable', async () => {
    const [account, other] = [newAccount(), newAccount()];
    const name = `old-${account}`;
    for (const each of [account, other]) await store().createMailbox(each, name);
    await store().setSpecialUse(account, 'Trash', null);
    await store().renameMailbox(account, 'Trash', 'Bin');
    await store().setSpecialUse(account, 'Bin', '\\Trash');
    await store().deliver([
      item(account, text('a'), { mailbox: name }),
      item(account, text('b'), { mailbox: name, internalDate: 0 }),
      item(account, text('c'), { mailbox: 'Bin' }),
      item(account, text('d')),
    ]);
    const rules = [
      { mailbox: name, age: 10 * DAY },
      { mailbox: '\\Trash', age: 30 * DAY },
    ];
    const soon = await store().applyRetention(rules, Date.now() + 9 * DAY);
    assert.equal(soon.get(account), undefined);
    const later = await store().applyRetention(rules, Date.now() + 11 * DAY);
    assert.equal(later.get(account), 2);
    assert.equal(later.get(other), undefined);
    assert.equal((await named(store(), account, 'Bin')).messages, 1);
    const last = await store().applyRetention(rules, Date.now() + 31 * DAY);
    assert.equal(last.get(account), 1);
    assert.equal((await inbox(store(), account)).messages, 1);
    assert.equal((await store().listExpunged(account)).length, 3);
  });
}
