import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inbox, item, newAccount, readAll, type Subject, text } from './helpers.ts';

export function messageTests(subject: Subject): void {
  flagTests(subject);
  copyTests(subject);
}

function flagTests({ store }: Subject): void {
  test('flags and keywords: add, remove, replace; MODSEQ rises only where something changed', async () => {
    const account = newAccount();
    await store().deliver([item(account, text('a')), item(account, text('b'))]);
    const { id } = await inbox(store(), account);
    const added = await store().storeFlags(account, id, [1, 2, 99], { mode: 'add', flags: ['\\Seen', '$Forwarded'] });
    assert.deepEqual(
      added.messages.map(({ uid, flags }) => [uid, flags]),
      [
        [1, ['\\Seen', '$Forwarded']],
        [2, ['\\Seen', '$Forwarded']],
      ],
    );
    const same = await store().storeFlags(account, id, [1], { mode: 'add', flags: ['$FORWARDED'] });
    assert.equal(same.messages[0]?.modseq, added.messages[0]?.modseq);
    const removed = await store().storeFlags(account, id, [1], { mode: 'remove', flags: ['\\seen', '$forwarded'] });
    assert.deepEqual(removed.messages[0]?.flags, []);
    await store().storeFlags(account, id, [2], { mode: 'replace', flags: ['\\Draft'] });
    const snapshot = await store().snapshot(account, id);
    assert.deepEqual([...snapshot.uids], [1, 2]);
    assert.deepEqual([snapshot.firstUnseen, snapshot.mailbox.unseen], [1, 2]);
    await assert.rejects(store().storeFlags(account, id, [1], { mode: 'add', flags: ['\\Nonsense'] }), {
      code: 'INVALID',
    });
  });

  test('UNCHANGEDSINCE refuses what changed meanwhile', async () => {
    const account = newAccount();
    await store().deliver([item(account, text('a')), item(account, text('b'))]);
    const { id, highestModseq } = await inbox(store(), account);
    await store().storeFlags(account, id, [1], { mode: 'add', flags: ['\\Flagged'] });
    const change = { mode: 'add', flags: ['\\Seen'], unchangedSince: highestModseq } as const;
    const result = await store().storeFlags(account, id, [1, 2], change);
    assert.deepEqual(result.refused, [1]);
    assert.deepEqual(
      result.messages.map((message) => message.uid),
      [2],
    );
  });

  test('changes since a MODSEQ: new, changed and vanished', async () => {
    const account = newAccount();
    await store().deliver(['a', 'b', 'c'].map((name) => item(account, text(name))));
    const { id, highestModseq } = await inbox(store(), account);
    assert.deepEqual((await store().changesSince(account, id, highestModseq)).messages, []);
    await store().storeFlags(account, id, [2, 3], { mode: 'add', flags: ['\\Deleted'] });
    assert.deepEqual(await store().expunge(account, id, [3, 1]), [3]);
    await store().deliver([item(account, text('d'))]);
    const changes = await store().changesSince(account, id, highestModseq);
    assert.deepEqual(
      changes.messages.map(({ uid, flags }) => [uid, flags]),
      [
        [2, ['\\Deleted']],
        [4, []],
      ],
    );
    assert.deepEqual(changes.vanished, [3]);
    assert.equal(changes.mailbox.messages, 3);
    const none = await store().changesSince(account, id, changes.mailbox.highestModseq);
    assert.deepEqual([none.messages, none.vanished], [[], []]);
  });
}

function copyTests({ store }: Subject): void {
  test('copy and move keep octets, flags and date, and answer with both UID lists', async () => {
    const account = newAccount();
    await store().deliver(['a', 'b', 'c'].map((name) => item(account, text(name), { flags: ['\\Seen'] })));
    const { id } = await inbox(store(), account);
    const copied = await store().copy(account, id, [1, 3, 77], 'Archive');
    assert.deepEqual(
      [copied.source, copied.target],
      [
        [1, 3],
        [1, 2],
      ],
    );
    const moved = await store().move(account, id, [2], 'Archive');
    assert.deepEqual([moved.source, moved.target], [[2], [3]]);
    const [first, , third] = await readAll(store(), account, copied.mailboxId);
    assert.ok(first?.text.includes('Subject: a') && third?.text.includes('Subject: b'));
    assert.deepEqual([third?.flags, third?.internalDate], [['\\Seen'], 1_700_000_000_000]);
    assert.deepEqual([...(await store().snapshot(account, id)).uids], [1, 3]);
    const inside = await store().copy(account, id, [1], 'INBOX');
    assert.deepEqual(inside.target, [4]);
    await assert.rejects(store().copy(account, id, [1], 'nowhere'), { code: 'NOT_FOUND' });
    await assert.rejects(store().copy(account, id, [1], 'Archive', { messages: 1 }), { code: 'OVER_QUOTA' });
    assert.deepEqual(await store().usage(account), { bytes: 6 * (first?.size ?? 0), messages: 6 });
  });

  test('append is all or nothing', async () => {
    const account = newAccount();
    const content = text('appended');
    const one = { flags: ['\\Draft'], internalDate: 5000, size: content.length, content };
    const [result] = await store().append(account, 'Drafts', [one]);
    assert.equal(result?.uid, 1);
    const [message] = await readAll(store(), account, result.mailboxId);
    assert.deepEqual([message?.text, message?.flags, message?.prefixSize], [content.toString(), ['\\Draft'], 0]);
    await assert.rejects(store().append(account, 'Drafts', [one, { ...one, size: 3 }]), { code: 'INVALID' });
    await assert.rejects(store().append(account, 'nowhere', [one]), { code: 'NOT_FOUND' });
    await assert.rejects(store().append(account, 'Drafts', [one, one], { messages: 2 }), { code: 'OVER_QUOTA' });
    assert.equal((await store().mailbox(account, 'Drafts'))?.messages, 1);
  });

  test('search finds decoded text without regard to case', async () => {
    const account = newAccount();
    const coded = Buffer.from(
      'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Long: one\r\n two\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n' +
        'Content-Transfer-Encoding: quoted-printable\r\n\r\nSch=F6ne F=\r\nerien\r\n',
    );
    await store().deliver([item(account, text('plain', 'Hello World\r\n')), item(account, coded)]);
    const { id } = await inbox(store(), account);
    const search = (field: Parameters<ReturnType<typeof store>['searchText']>[3], needle: string): Promise<number[]> =>
      store().searchText(account, id, [1, 2, 3], field, needle);
    assert.deepEqual(await search('body', 'hello w'), [1]);
    assert.deepEqual(await search('body', 'SCHÖNE FERIEN'), [2]);
    assert.deepEqual(await search('body', 'plain'), []);
    assert.deepEqual(await search('text', 'subject: plain'), [1]);
    assert.deepEqual(await search({ header: 'Subject' }, 'GRÜSSE'.replace('SS', 'ß')), [2]);
    assert.deepEqual(await search({ header: 'x-long' }, 'one two'), [2]);
    assert.deepEqual(await search({ header: 'Return-Path' }, ''), [1, 2]);
    assert.deepEqual(await search({ header: 'X-None' }, ''), []);
  });
}
