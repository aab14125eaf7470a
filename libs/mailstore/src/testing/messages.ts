import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drop, inbox, item, newAccount, PREFIX, readAll, type Subject, text } from './helpers.ts';

export function messageTests(subject: Subject): void {
  flagTests(subject);
  counterTests(subject);
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
    assert.deepEqual([none.messages, none.vanished, none.complete], [[], [], true]);
  });
}

function counterTests({ store, reopen }: Subject): void {
  test('counters of messages, unseen and deleted ones follow every change', async () => {
    const account = newAccount();
    const size = text('a').length + PREFIX.length;
    await store().deliver(['a', 'b', 'c', 'd'].map((name) => item(account, text(name))));
    const { id } = await inbox(store(), account);
    const counters = async (name: string): Promise<number[]> => {
      const mailbox = await store().mailbox(account, name);
      if (!mailbox) return [];
      const { messages, unseen, bytes, deleted, deletedBytes } = mailbox;
      return [messages, unseen, bytes / size, deleted, deletedBytes / size];
    };
    await store().storeFlags(account, id, [1, 2, 3], { mode: 'add', flags: ['\\Deleted', '\\Seen'] });
    assert.deepEqual(await counters('INBOX'), [4, 1, 4, 3, 3]);
    await store().storeFlags(account, id, [3], { mode: 'replace', flags: [] });
    assert.deepEqual(await counters('INBOX'), [4, 2, 4, 2, 2]);
    await store().copy(account, id, [1, 4], 'Junk');
    assert.deepEqual(await counters('Junk'), [2, 1, 2, 1, 1]);
    await store().move(account, id, [2], 'Junk');
    assert.deepEqual(await counters('INBOX'), [3, 2, 3, 1, 1]);
    assert.deepEqual(await counters('Junk'), [3, 1, 3, 2, 2]);
    assert.deepEqual(await store().expunge(account, id), [1]);
    assert.deepEqual(await counters('INBOX'), [2, 2, 2, 0, 0]);
    await drop(store(), account, id);
    await store().renameMailbox(account, 'INBOX', 'kept');
    assert.deepEqual(await counters('INBOX'), [0, 0, 0, 0, 0]);
    await store().move(account, (await store().mailbox(account, 'Junk'))?.id ?? 0, [1], 'INBOX');
    await store().renameMailbox(account, 'INBOX', 'kept too');
    assert.deepEqual(await counters('kept too'), [1, 0, 1, 1, 1]);
  });

  test('\\Recent is claimed once (RFC 3501 §2.3.2)', async () => {
    const account = newAccount();
    await store().deliver(['a', 'b'].map((name) => item(account, text(name))));
    const { id, recentFrom } = await inbox(store(), account);
    assert.equal(recentFrom, 1);
    assert.deepEqual((await Promise.all([1, 2, 3].map(() => store().claimRecent(account, id)))).sort(), [1, 3, 3]);
    await reopen();
    assert.equal(await store().claimRecent(account, id), 3);
    await store().deliver([item(account, text('c'))]);
    assert.deepEqual([await store().claimRecent(account, id), await store().claimRecent(account, id)], [3, 4]);
    assert.equal((await inbox(store(), account)).recentFrom, 4);
    await assert.rejects(store().claimRecent(newAccount(), id), { code: 'NOT_FOUND' });
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
}
