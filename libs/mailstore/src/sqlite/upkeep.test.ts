import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { envelopeWire, WIRE_VERSION } from '@postroad/imap/wire';
import { parseStructure } from '@postroad/message';
import { drop, fetchAll, inbox, item, text } from '../testing/helpers.ts';
import { openSqliteStore } from './store.ts';

async function directoryFor(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `postroad-${name}-`));
}

test('wire forms of an older version are answered anew at once and written again', async () => {
  const directory = await directoryFor('wire');
  const store = await openSqliteStore({ directory });
  await store.deliver([item('a', text('one')), item('a', text('two'))]);
  const { id } = await inbox(store, 'a');
  const db = new DatabaseSync(join(directory, 'mail.sqlite'), { timeout: 5000 });
  db.exec(`UPDATE wire SET version = 0, envelope = x'00'`);
  const [, second] = await fetchAll(store, 'a', id, { envelope: true });
  assert.deepEqual(Buffer.from(second?.envelope ?? []), envelopeWire(parseStructure(text('two')).envelope));
  // behind the request that asked for it
  await store.storeFlags('a', id, [1], { mode: 'add', flags: ['\\Seen'] });
  const rows = db.prepare('SELECT version, envelope FROM wire ORDER BY content').all();
  assert.deepEqual(
    rows.map(({ version }) => version),
    [WIRE_VERSION, WIRE_VERSION],
  );
  assert.deepEqual(Buffer.from(rows[1]?.['envelope'] as Uint8Array), Buffer.from(second?.envelope ?? []));
  db.close();
  await store.close();
  await rm(directory, { recursive: true });
});

test('the database gives back the pages of what was collected', async () => {
  const directory = await directoryFor('vacuum');
  const store = await openSqliteStore({ directory });
  const big = (n: number): Buffer => text(`m${String(n)}`, `${String(n)}${'x'.repeat(100_000)}`);
  for (let n = 0; n < 10; n++) await store.deliver(Array.from({ length: 10 }, (_, i) => item('a', big(n * 10 + i))));
  const size = async (): Promise<number> => {
    const db = new DatabaseSync(join(directory, 'mail.sqlite'), { timeout: 5000 });
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    return (await stat(join(directory, 'mail.sqlite'))).size;
  };
  const full = await size();
  assert.ok(full > 10_000_000);
  await drop(store, 'a', (await inbox(store, 'a')).id);
  await store.purgeExpunged(Date.now() + 1);
  assert.ok((await store.collectGarbage()) > 10_000_000);
  assert.ok((await size()) < 1_000_000, String(await size()));
  await store.close();
  await rm(directory, { recursive: true });
});

test('a search that has to read everything holds up no fetch, and says how far it is', async () => {
  const directory = await directoryFor('long');
  const store = await openSqliteStore({ directory });
  // too long for the index: each search reads them
  const long = (n: number): Buffer => text(`m${String(n)}`, `${String(n)} ${'äbcdefghi '.repeat(200_000)}`);
  await store.deliver(Array.from({ length: 16 }, (_, n) => item('a', long(n))));
  await store.indexed();
  const { id } = await inbox(store, 'a');
  const steps: [number, number][] = [];
  let searching = true;
  const began = performance.now();
  const search = store
    .search('a', id, { op: 'text', field: 'body', text: 'nowhere' }, (done, of) => steps.push([done, of]))
    .finally(() => (searching = false));
  const waits: number[] = [];
  while (searching) {
    const start = performance.now();
    await fetchAll(store, 'a', id, {}, [1, 2, 3]);
    // another search has its turn in between
    if (waits.length === 0) await store.search('a', id, { op: 'flag', flag: '\\Seen', on: false });
    waits.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const took = performance.now() - began;
  assert.equal((await search).uids.length, 0);
  assert.ok(waits.length > 2, 'the search was over at once');
  const median = waits.sort((a, b) => a - b)[waits.length >> 1] ?? Infinity;
  // Beside other work both take longer.
  assert.ok(median < took / 8, `${String(median)} of ${String(took)} ms`);
  for (const [done, of] of steps) assert.ok(done < of && of === 16);
  await store.close();
  await rm(directory, { recursive: true });
});
