import assert from 'node:assert/strict';
import { copyFile, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fetchAll, inbox, item, text } from '../testing/helpers.ts';
import { killed } from '../testing/killed.ts';
import type { MailStore } from '../types.ts';
import { openSqliteStore } from './store.ts';

const find = async (store: MailStore, account: string, needle: string): Promise<number[]> => {
  const { id } = await inbox(store, account);
  return [...(await store.search(account, id, { op: 'text', field: 'body', text: needle })).uids];
};

/** Runs the appender and kills it in the middle; resolves to the groups it said were appended. */
const crash = (directory: string, run: string, ms: number): Promise<string[]> =>
  killed(new URL('../testing/crash-appender.ts', import.meta.url), [directory, run], { lines: 5, ms });

test('killed in the middle of appending and indexing: groups are whole, and the index is right at once and later', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-index-crash-'));
  const acknowledged = [...(await crash(directory, 'a', 900)), ...(await crash(directory, 'b', 1300))];
  assert.ok(acknowledged.length >= 10, `only ${String(acknowledged.length)} before the kill`);
  const store = await openSqliteStore({ directory });
  const { id, messages, bytes } = await inbox(store, 'crash');
  const stored = await fetchAll(store, 'crash', id, { envelope: true });
  const groups = new Map<string, number[]>();
  for (const { uid, envelope } of stored) {
    const name = /"([ab]n\d+e)"/.exec(Buffer.from(envelope ?? []).toString())?.[1] ?? '';
    groups.set(name, [...(groups.get(name) ?? []), uid]);
  }
  assert.deepEqual([messages, bytes], [stored.length, stored.reduce((n, { size }) => n + size, 0)]);
  for (const [name, uids] of groups) assert.equal(uids.length, 3, name);
  for (const name of acknowledged) assert.ok(groups.has(name), name);
  const check = async (): Promise<void> => {
    for (const [name, uids] of [...groups].slice(-30))
      assert.deepEqual(await find(store, 'crash', `WORD${name}`), uids);
    assert.deepEqual(
      await find(store, 'crash', 'word'),
      stored.map(({ uid }) => uid),
    );
  };
  await check();
  await store.indexed();
  assert.equal(await store.indexBacklog(), 0);
  await check();
  await store.close();
  await rm(directory, { recursive: true });
});

test('an index that breaks while it is used costs time, not answers, and is made again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-index-broken-'));
  const store = await openSqliteStore({ directory });
  const deliver = (count: number) =>
    store.deliver(
      Array.from({ length: count }, (_, i) => item('a', text(`m${String(i)}`, `needle ${String(i)} `.repeat(50)))),
    );
  await deliver(500);
  await store.indexed();
  assert.equal((await find(store, 'a', 'needle 499')).length, 1);
  await store.close();
  const path = join(directory, 'search.sqlite');
  const log = new DatabaseSync(path);
  log.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  log.close();
  const broken = await open(path, 'r+');
  const { size } = await broken.stat();
  // past the tables' own pages
  await broken.write(Buffer.alloc(size - 65_536, 0xff), 0, size - 65_536, 65_536);
  await broken.close();
  const again = await openSqliteStore({ directory });
  assert.equal((await find(again, 'a', 'needle 499')).length, 1);
  await again.deliver([item('a', text('last', 'needle last'))]);
  await again.indexed().catch(() => undefined);
  await again.indexed();
  assert.equal(await again.indexBacklog(), 0);
  assert.equal((await find(again, 'a', 'needle')).length, 501);
  await again.close();
  await rm(directory, { recursive: true });
});

test('an index that is lost, broken, of another store or ahead of this one is made again', async () => {
  const root = await mkdtemp(join(tmpdir(), 'postroad-index-lost-'));
  const [directory, foreign] = [join(root, 'one'), join(root, 'other')];
  const index = join(directory, 'search.sqlite');
  const other = await openSqliteStore({ directory: foreign });
  await other.deliver(Array.from({ length: 9 }, () => item('x', text('foreign', 'needle'))));
  await other.indexed();
  await other.close();
  const faults: (() => Promise<void>)[] = [
    () => rm(index, { force: true }),
    () => writeFile(index, 'this is no database'),
    () => copyFile(join(foreign, 'search.sqlite'), index),
    () => truncate(index, 8192),
  ];
  let expected = 0;
  for (const fault of faults) {
    const store = await openSqliteStore({ directory });
    await store.deliver([item('a', text('m', 'needle'))]);
    expected++;
    await store.indexed();
    await store.close();
    await fault();
    const again = await openSqliteStore({ directory });
    assert.equal((await find(again, 'a', 'NEEDLE')).length, expected);
    await again.indexed();
    assert.equal((await find(again, 'a', 'NEEDLE')).length, expected);
    await again.close();
  }
  await rm(root, { recursive: true });
});
