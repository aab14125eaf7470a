import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readAll } from '../testing/helpers.ts';
import { openSqliteStore } from './store.ts';

test('a process killed in the middle loses nothing it acknowledged and files nothing twice', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-crash-'));
  const acknowledged: string[] = [];
  for (const delay of [700, 900]) {
    const script = fileURLToPath(new URL('../testing/crash-writer.ts', import.meta.url));
    const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    setTimeout(() => child.kill('SIGKILL'), delay);
    await once(child, 'close');
    acknowledged.push(...output.split('\n').slice(0, -1));
  }
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
