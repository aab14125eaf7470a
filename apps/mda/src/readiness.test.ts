import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPostgresStore, openSqliteStore } from '@postroad/mailstore';
import { missingPostgres, TestPostgres } from '@postroad/testkit';
import { storeReadiness } from './store.ts';

test('sqlite: an open store is ready, asking makes no account, and a closed one says so', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'postroad-mda-ready-'));
  const store = await openSqliteStore({ directory });
  const ready = storeReadiness(store);
  assert.equal(await ready(), null);
  assert.deepEqual(await store.transfer.accounts(), []);
  await store.close();
  assert.match((await storeReadiness(store)()) ?? '', /^the mailbox store does not answer: /);
  rmSync(directory, { recursive: true });
});

test('postgres: a server that is killed is told, and its return too', { skip: missingPostgres() }, async () => {
  const server = await TestPostgres.start({ fsync: 'off' });
  const store = await openPostgresStore({ url: server.createDatabase(), durability: 'relaxed' });
  try {
    assert.equal(await storeReadiness(store)(), null);
    await server.kill();
    assert.match((await storeReadiness(store)()) ?? '', /^the mailbox store does not answer: /);
    await server.launch({ fsync: 'off' });
    assert.equal(await storeReadiness(store)(), null);
    assert.deepEqual(await store.transfer.accounts(), []);
  } finally {
    await store.close();
    await server.stop();
  }
});
