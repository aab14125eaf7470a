import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mailStoreContract } from '../contract.ts';
import { openSqliteStore } from './store.ts';

mailStoreContract('sqlite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-mailstore-'));
  let store = await openSqliteStore({ directory });
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await openSqliteStore({ directory });
    },
    async close() {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
});
