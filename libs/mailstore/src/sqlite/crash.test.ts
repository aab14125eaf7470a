import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readAll } from '../testing/helpers.ts';
import { killed } from '../testing/killed.ts';
import { openSqliteStore } from './store.ts';

test('a process killed in the middle loses nothing it acknowledged and files nothing twice', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-crash-'));
  const acknowledged: string[] = [];
  for (const ms of [300, 500])
    acknowledged.push(
      ...(await killed(new URL('../testing/crash-writer.ts', import.meta.url), [directory], { lines: 16, ms })),
    );
  assert.ok(acknowledged.length >= 32, `only ${String(acknowledged.length)} before the kill`);
  const store = await openSqliteStore({ directory });
  const mailbox = await store.mailbox('crash', 'INBOX');
  const stored = await readAll(store, 'crash', mailbox?.id ?? 0);
  const ids = stored.map((message) => /X-Queue: (\S+)/.exec(message.text)?.[1] ?? '');
  assert.equal(new Set(ids).size, ids.length);
  const kept = new Set(ids);
  for (const id of acknowledged) assert.ok(kept.has(id), id);
  assert.equal(mailbox?.messages, ids.length);
  await store.collectGarbage();
  await store.close();
  await rm(directory, { recursive: true });
});
