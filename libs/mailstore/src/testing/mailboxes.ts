import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, inbox, item, named, newAccount, readAll, type Subject, text } from './helpers.ts';

export function mailboxTests(subject: Subject): void {
  createTests(subject);
  changeTests(subject);
  identityTests(subject);
}

function createTests({ store, reopen }: Subject): void {
  test('an account appears at first use with its special-use mailboxes, subscribed', async () => {
    const account = newAccount();
    const mailboxes = await store().listMailboxes(account);
    assert.deepEqual(
      mailboxes.map(({ name, specialUse, subscribed }) => [name, specialUse, subscribed]),
      [
        ['Archive', '\\Archive', true],
        ['Drafts', '\\Drafts', true],
        ['INBOX', null, true],
        ['Junk', '\\Junk', true],
        ['Sent', '\\Sent', true],
        ['Trash', '\\Trash', true],
      ],
    );
    assert.equal(new Set(mailboxes.map((mailbox) => mailbox.uidValidity)).size, 6);
  });

  test('create makes parents, refuses twice and bad names', async () => {
    const account = newAccount();
    const made = await store().createMailbox(account, 'inbox/a/b');
    assert.equal(made.name, 'INBOX/a/b');
    assert.ok(await store().mailbox(account, 'INBOX/a'));
    await assert.rejects(store().createMailbox(account, 'INBOX/a'), code('EXISTS'));
    for (const bad of ['', '/', 'a/', 'a//b', 'a*', 'a%', 'a\nb', 'x'.repeat(1001), '\ud800'])
      await assert.rejects(store().createMailbox(account, bad), code('INVALID'), bad);
  });

  test('a mailbox made again under its old name has another UIDVALIDITY', async () => {
    const account = newAccount();
    const old = await store().createMailbox(account, 'again');
    await store().deleteMailbox(account, 'again');
    assert.equal(await store().mailbox(account, 'again'), null);
    await reopen();
    const made = await store().createMailbox(account, 'again');
    assert.ok(made.uidValidity > old.uidValidity);
    await assert.rejects(store().deleteMailbox(account, 'INBOX'), code('CANNOT'));
    await assert.rejects(store().deleteMailbox(account, 'never'), code('NOT_FOUND'));
  });
}

function changeTests({ store }: Subject): void {
  test('rename takes children along and keeps messages, UIDs and UIDVALIDITY', async () => {
    const account = newAccount();
    const { id, uidValidity } = await store().createMailbox(account, 'old');
    await store().createMailbox(account, 'old/child');
    await store().createMailbox(account, 'older');
    await store().deliver([item(account, text('m'), { mailbox: 'old' })]);
    await assert.rejects(store().renameMailbox(account, 'old', 'older'), code('EXISTS'));
    await assert.rejects(store().renameMailbox(account, 'old', 'old/child/x'), code('CANNOT'));
    await store().renameMailbox(account, 'old', 'new/place');
    const moved = await store().mailbox(account, 'new/place');
    assert.deepEqual([moved?.id, moved?.uidValidity, moved?.messages], [id, uidValidity, 1]);
    assert.ok(await store().mailbox(account, 'new/place/child'));
    assert.ok(await store().mailbox(account, 'older'));
    assert.equal(await store().mailbox(account, 'old'), null);
  });

  test('renaming INBOX moves its messages and leaves it empty', async () => {
    const account = newAccount();
    await store().deliver([item(account, text('a')), item(account, text('b'))]);
    await store().renameMailbox(account, 'INBOX', 'kept');
    assert.equal((await inbox(store(), account)).messages, 0);
    const kept = await store().mailbox(account, 'kept');
    assert.equal((await readAll(store(), account, kept?.id ?? 0)).length, 2);
  });

  test('subscriptions are names of their own', async () => {
    const account = newAccount();
    await store().subscribe(account, 'not/there', true);
    await store().subscribe(account, 'Junk', false);
    const names = await store().listSubscriptions(account);
    assert.ok(names.includes('not/there') && !names.includes('Junk') && names.includes('INBOX'));
    assert.equal((await store().mailbox(account, 'Junk'))?.subscribed, false);
  });

  test('a mailbox of another account is not found', async () => {
    const mine = newAccount();
    await store().deliver([item(mine, text('secret'))]);
    const { id } = await inbox(store(), mine);
    const other = newAccount();
    await assert.rejects(store().snapshot(other, id), code('NOT_FOUND'));
    await assert.rejects(store().changesSince(other, id, 0), code('NOT_FOUND'));
    await assert.rejects(store().storeFlags(other, id, [1], { mode: 'add', flags: ['\\Seen'] }), code('NOT_FOUND'));
    await assert.rejects(store().copy(other, id, [1], 'INBOX'), code('NOT_FOUND'));
    await assert.rejects(store().move(other, id, [1], 'INBOX'), code('NOT_FOUND'));
    await assert.rejects(store().expunge(other, id), code('NOT_FOUND'));
    const fetched = store().fetch(other, id, [1], {});
    await assert.rejects(async () => {
      for await (const message of fetched) assert.fail(String(message.uid));
    }, code('NOT_FOUND'));
  });
}

function identityTests({ store, reopen }: Subject): void {
  test('MAILBOXID stays through a rename and differs between mailboxes, also for one made again', async () => {
    const account = newAccount();
    const ids = (await store().listMailboxes(account)).map(({ objectId }) => objectId);
    assert.equal(new Set(ids).size, 6);
    const made = await store().createMailbox(account, 'one');
    assert.match(made.objectId, /^[A-Za-z0-9_-]{1,255}$/);
    await store().renameMailbox(account, 'one', 'two');
    await reopen();
    assert.equal((await named(store(), account, 'two')).objectId, made.objectId);
    await store().deleteMailbox(account, 'two');
    assert.notEqual((await store().createMailbox(account, 'two')).objectId, made.objectId);
  });

  test('a special use can be given, moved and taken away', async () => {
    const account = newAccount();
    assert.equal((await store().createMailbox(account, 'Entwürfe', '\\Drafts')).specialUse, '\\Drafts');
    await store().setSpecialUse(account, 'Drafts', null);
    assert.equal((await named(store(), account, 'Drafts')).specialUse, null);
    await store().setSpecialUse(account, 'Drafts', '\\Junk');
    assert.equal((await named(store(), account, 'Drafts')).specialUse, '\\Junk');
    await assert.rejects(store().setSpecialUse(account, 'never', null), code('NOT_FOUND'));
  });

  test('UIDVALIDITY can be raised for all mailboxes; UIDs, MODSEQ and ids stay', async () => {
    const account = newAccount();
    await store().deliver([item(account, text('a'))]);
    const old = await store().listMailboxes(account);
    await store().raiseUidValidity();
    const now = await store().listMailboxes(account);
    now.forEach((mailbox, i) => {
      const before = old[i];
      assert.ok(before && mailbox.uidValidity > before.uidValidity);
      assert.deepEqual({ ...mailbox, uidValidity: 0 }, { ...before, uidValidity: 0 });
    });
    const highest = Math.max(...now.map(({ uidValidity }) => uidValidity));
    assert.ok((await store().createMailbox(account, 'later')).uidValidity > highest);
  });
}
