import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { drop, inbox, item, readAll, text } from '../testing/helpers.ts';
import { backupSqliteStore, restoreSqliteStore } from './backup.ts';
import { openSqliteStore } from './store.ts';

test('a backup made while the store is in use is whole, and its restore raises every UIDVALIDITY', async () => {
  const root = await mkdtemp(join(tmpdir(), 'postroad-backup-'));
  const [live, saved, restored] = ['live', 'saved/one', 'restored'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  const store = await openSqliteStore({ directory: live });
  const large = (n: number): Buffer => text(`large ${String(n)}`, `${String(n)} ${'x'.repeat(200_000)}`);
  await store.deliver([item('a', text('small')), item('a', large(0))]);
  let running = true;
  // deliveries, removals and garbage collection go on meanwhile
  const traffic = (async () => {
    for (let n = 1; running; n++) {
      await store.deliver([item('a', large(n)), item('b', large(n + 100_000))]);
      await drop(store, 'b', (await inbox(store, 'b')).id);
      await store.purgeExpunged(Date.now() + 1);
      await store.collectGarbage();
    }
  })();
  await backupSqliteStore(live, saved);
  await assert.rejects(backupSqliteStore(live, saved), { code: 'EXISTS' });
  running = false;
  await traffic;
  const names = Array.from({ length: 20 }, (_, n) => `made-later-${String(n)}`);
  for (const name of names) await store.createMailbox('a', name);
  const before = await store.listMailboxes('a');
  await store.close();

  await assert.rejects(restoreSqliteStore(saved, live), { code: 'EXISTS' });
  await restoreSqliteStore(saved, restored);
  assert.deepEqual((await readdir(restored)).sort(), ['content', 'mail.sqlite']);
  const again = await openSqliteStore({ directory: restored });
  const highest = Math.max(...before.map(({ uidValidity }) => uidValidity));
  for (const mailbox of await again.listMailboxes('a')) assert.ok(mailbox.uidValidity > highest, mailbox.name);
  const messages = await readAll(again, 'a', (await inbox(again, 'a')).id);
  assert.ok(messages.length >= 2);
  messages.forEach((message) => assert.equal(message.text.length, message.size));
  const found = await again.search('a', (await inbox(again, 'a')).id, {
    op: 'text',
    field: 'text',
    text: 'subject: small',
  });
  assert.deepEqual([...found.uids], [1]);
  await again.close();
  await rm(root, { recursive: true });
});
