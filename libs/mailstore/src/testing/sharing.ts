import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, fetchAll, inbox, item, named, newAccount, PREFIX, type Subject, text } from './helpers.ts';

export function sharingTests(subject: Subject): void {
  aclTests(subject);
  annotationTests(subject);
  acrossTests(subject);
}

function aclTests({ store, reopen }: Subject): void {
  test('access control lists: entries in order, rights in order, none for empty rights', async () => {
    const [owner, friend] = [newAccount(), newAccount()];
    const { id } = await inbox(store(), owner);
    assert.deepEqual(await store().acl(owner, id), []);
    await store().setAcl(owner, id, friend, 'srrl');
    await store().setAcl(owner, id, 'anyone', 'l');
    await store().setAcl(owner, id, `-${friend}`, 't');
    await reopen();
    assert.deepEqual(await store().acl(owner, id), [
      { identifier: `-${friend}`, rights: 't' },
      { identifier: friend, rights: 'lrs' },
      { identifier: 'anyone', rights: 'l' },
    ]);
    await store().setAcl(owner, id, `-${friend}`, '');
    await store().setAcl(owner, id, 'never', '');
    await store().setAcl(owner, id, friend, 'lrswipkxtea');
    assert.deepEqual((await store().acl(owner, id))[0], { identifier: friend, rights: 'lrswipkxtea' });
    for (const bad of ['z', 'lq', 'L']) await assert.rejects(store().setAcl(owner, id, friend, bad), code('INVALID'));
    await assert.rejects(store().setAcl(owner, id, '', 'l'), code('INVALID'));
    await assert.rejects(store().setAcl(friend, id, friend, 'a'), code('NOT_FOUND'));
    await assert.rejects(store().acl(friend, id), code('NOT_FOUND'));
  });

  test('shared mailboxes are found by those they are shared with, with their list', async () => {
    const [owner, friend, stranger] = [newAccount(), newAccount(), newAccount()];
    const made = await store().createMailbox(owner, 'team/list');
    await store().setAcl(owner, made.id, friend, 'lr');
    const mine = async (account: string): Promise<(string | number)[][]> =>
      (await store().sharedWith(account))
        .filter(({ accountId }) => accountId === owner)
        .map(({ accountId, mailbox, acl }) => [accountId, mailbox.id, mailbox.name, acl.length]);
    assert.deepEqual(await mine(friend), [[owner, made.id, 'team/list', 1]]);
    assert.deepEqual(await mine(stranger), []);
    await store().setAcl(owner, made.id, 'anyone', 'l');
    assert.deepEqual(await mine(stranger), [[owner, made.id, 'team/list', 2]]);
    assert.deepEqual(await mine(owner), []);
    await store().renameMailbox(owner, 'team', 'group');
    assert.deepEqual(await mine(friend), [[owner, made.id, 'group/list', 2]]);
    await store().deleteMailbox(owner, 'group/list');
    assert.deepEqual(await mine(friend), []);
  });
}

function annotationTests({ store, reopen }: Subject): void {
  test('annotations of a mailbox and of the account: shared and private ones, removed by null', async () => {
    const [account, viewer] = [newAccount(), newAccount()];
    const { id } = await inbox(store(), account);
    const shared = { viewer: '', entry: '/comment', value: Buffer.from('für alle\0') };
    const own = { viewer, entry: '/comment', value: Buffer.from('mine') };
    await store().annotate(account, id, [shared, own, { viewer: 'x', entry: '/a', value: Buffer.alloc(0) }], 10);
    await store().annotate(account, null, [{ ...shared, entry: '/admin' }], 10);
    await reopen();
    const read = async (mailbox: number | null, by: string): Promise<[string, string, string][]> =>
      (await store().annotations(account, mailbox, by)).map((a) => [
        a.viewer,
        a.entry,
        Buffer.from(a.value).toString(),
      ]);
    assert.deepEqual(await read(id, viewer), [
      ['', '/comment', 'für alle\0'],
      [viewer, '/comment', 'mine'],
    ]);
    assert.deepEqual(await read(id, 'x'), [
      ['', '/comment', 'für alle\0'],
      ['x', '/a', ''],
    ]);
    assert.deepEqual(await read(null, viewer), [['', '/admin', 'für alle\0']]);
    await store().annotate(
      account,
      id,
      [
        { ...shared, value: null },
        { ...own, value: Buffer.from('new') },
      ],
      10,
    );
    assert.deepEqual(await read(id, viewer), [[viewer, '/comment', 'new']]);
    await store().annotate(account, id, [{ ...shared, entry: '/never', value: null }], 10);
    await assert.rejects(store().annotate(viewer, id, [own], 10), code('NOT_FOUND'));
    await assert.rejects(store().annotations(viewer, id, viewer), code('NOT_FOUND'));
  });

  test('annotations are limited per mailbox and viewer, all or nothing', async () => {
    const account = newAccount();
    const { id } = await inbox(store(), account);
    const entry = (name: string, viewer = ''): { viewer: string; entry: string; value: Buffer } => ({
      viewer,
      entry: name,
      value: Buffer.from(name),
    });
    await store().annotate(account, id, [entry('/a'), entry('/b'), entry('/a', 'me')], 2);
    await assert.rejects(store().annotate(account, id, [entry('/z', 'me'), entry('/c')], 2), code('OVER_QUOTA'));
    assert.equal((await store().annotations(account, id, 'me')).length, 3);
    await store().annotate(account, id, [{ ...entry('/a'), value: null }, entry('/c')], 2);
    const left = await store().annotations(account, id, 'nobody');
    assert.deepEqual(
      left.map((each) => each.entry),
      ['/b', '/c'],
    );
  });
}

function acrossTests({ store }: Subject): void {
  test('copy and move into the mailbox of another account, which pays for it', async () => {
    const [owner, guest] = [newAccount(), newAccount()];
    const names = ['a', 'b', 'c'];
    await store().deliver(names.map((name) => item(owner, text(name), { flags: ['\\Seen', '$Word'] })));
    const size = text('a').length + PREFIX.length;
    const { id } = await inbox(store(), owner);
    const target = { accountId: guest, name: 'Archive' };
    const copied = await store().copy(owner, id, [1, 2], target, { messages: 2 });
    const archive = await named(store(), guest, 'Archive');
    assert.deepEqual([copied.mailboxId, copied.uidValidity], [archive.id, archive.uidValidity]);
    assert.deepEqual(
      [copied.source, copied.target],
      [
        [1, 2],
        [1, 2],
      ],
    );
    await assert.rejects(store().copy(owner, id, [1], target, { messages: 2 }), code('OVER_QUOTA'));
    await assert.rejects(store().move(owner, id, [1], target, { bytes: 3 * size - 1 }), code('OVER_QUOTA'));
    await assert.rejects(store().copy(owner, id, [1], { ...target, name: 'nowhere' }), code('NOT_FOUND'));
    const moved = await store().move(owner, id, [3], target, { bytes: 3 * size });
    assert.deepEqual([moved.source, moved.target], [[3], [3]]);
    assert.deepEqual([...(await store().snapshot(owner, id)).uids], [1, 2]);
    assert.deepEqual(await store().usage(owner), { bytes: 2 * size, messages: 2 });
    assert.deepEqual(await store().usage(guest), { bytes: 3 * size, messages: 3 });
    const [there] = await fetchAll(store(), guest, archive.id, {});
    const [here] = await fetchAll(store(), owner, id, {});
    assert.deepEqual(
      [there?.flags, there?.emailId, there?.internalDate],
      [here?.flags, here?.emailId, here?.internalDate],
    );
    assert.deepEqual(await store().listExpunged(owner), []);
    const found = await store().search(guest, archive.id, { op: 'text', field: 'text', text: 'subject: c' });
    assert.deepEqual([...found.uids], [3]);
  });
}
