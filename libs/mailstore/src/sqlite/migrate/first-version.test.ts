import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { makeFirstVersion, type OldMessage } from '../../testing/first-version.ts';
import { fetchAll, inbox, item, lines, named, octets, PREFIX, text } from '../../testing/helpers.ts';
import { openSqliteStore } from '../store.ts';

const old = (content: Buffer, more: Partial<OldMessage> = {}): OldMessage => ({
  content,
  prefix: PREFIX,
  flags: 0,
  keywords: null,
  date: 1_700_000_000_000,
  ...more,
});

const MESSAGES = [
  old(lines(['Date: 3 Jan 2024 10:00:00 +0100', 'Message-ID: <a@x>', 'Subject: first']), {
    flags: 1 | 8,
    keywords: '$Word',
  }),
  old(
    lines(
      ['Date: 4 Jan 2024 10:00:00 +0100', 'Message-ID: <b@x>', 'References: <a@x>', 'Subject: Re: first'],
      'needle',
    ),
  ),
  old(lines(['Subject: third']), { prefix: Buffer.alloc(0) }),
];

test('a store of the first version is taken over with all it holds', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-migrate-'));
  makeFirstVersion(directory, MESSAGES);
  const store = await openSqliteStore({ directory });
  const box = await inbox(store, 'old');
  assert.deepEqual([box.id, box.uidValidity, box.uidNext, box.highestModseq, box.messages], [3, 1000, 100, 50, 3]);
  const size = (MESSAGES[0]?.content.length ?? 0) + PREFIX.length;
  assert.deepEqual([box.deleted, box.deletedBytes, box.recentFrom, box.unseen], [1, size, 100, 2]);
  assert.notEqual(box.objectId, (await named(store, 'old', 'Archive')).objectId);
  const messages = await fetchAll(store, 'old', box.id, { envelope: true, preview: true, content: true });
  for (const [i, message] of messages.entries()) {
    const { content, prefix } = MESSAGES[i] ?? old(Buffer.alloc(0));
    assert.ok((await octets(message)).equals(Buffer.concat([prefix, content])), String(i));
    assert.equal(message.savedAt, 1_700_000_000_000);
  }
  assert.deepEqual(messages[0]?.flags, ['\\Seen', '\\Deleted', '$Word']);
  assert.equal(messages[1]?.preview, 'needle');
  assert.ok(Buffer.from(messages[2]?.envelope ?? []).includes('"third"'));
  assert.equal(messages[0].threadId, messages[1].threadId);
  const [copy] = await fetchAll(store, 'old', 4, {});
  assert.equal(copy?.emailId, messages[0].emailId);
  assert.equal(new Set(messages.map(({ emailId }) => emailId)).size, 3);

  const sorted = await store.sort('old', box.id, { op: 'all' }, [{ by: 'subject', reverse: true }]);
  assert.deepEqual([...sorted.uids], [3, 1, 2]);
  const day = Date.UTC(2024, 0, 4);
  const sent = await store.search('old', box.id, { op: 'time', of: 'sent', from: day, to: day + 86_400_000 });
  assert.deepEqual([...sent.uids], [2]);
  await store.indexed();
  const found = await store.search('old', box.id, { op: 'text', field: 'body', text: 'NEEDLE' });
  assert.deepEqual([...found.uids], [2]);
  const changes = await store.changesSince('old', box.id, 39);
  assert.deepEqual([changes.vanished, changes.complete], [[99], true]);

  const duplicate = item('old', text('x'), { queueId: 'queue-1' });
  const [again, filed] = await store.deliver([duplicate, item('old', lines(['In-Reply-To: <b@x>']))]);
  assert.ok(again?.status === 'duplicate' && filed?.status === 'filed');
  assert.deepEqual([filed.uid, filed.modseq], [100, 51]);
  const [reply] = await fetchAll(store, 'old', box.id, {}, [100]);
  assert.equal(reply?.threadId, messages[0].threadId);
  assert.ok((await store.createMailbox('old', 'new')).uidValidity > 4_000_000_000);
  assert.equal(await store.collectGarbage(), 'Subject: lost\r\n\r\n'.length);
  await store.close();
  await rm(directory, { recursive: true });
});

test('a store of a newer program is refused and left as it is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-newer-'));
  await (await openSqliteStore({ directory })).close();
  const db = new DatabaseSync(join(directory, 'mail.sqlite'));
  db.exec('PRAGMA user_version = 99');
  await assert.rejects(openSqliteStore({ directory }), /schema 99, this program knows/);
  assert.deepEqual({ ...db.prepare('PRAGMA user_version').get() }, { user_version: 99 });
  db.close();
  await rm(directory, { recursive: true });
});
