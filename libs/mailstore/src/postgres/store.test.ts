import { missingPostgres, missingS3, TestPostgres, TestS3 } from '@postroad/testkit';
import { after, before, suite } from 'node:test';
import { mailStoreContract, type StoreUnderTest } from '../contract.ts';
import type { PostgresStoreOptions } from './options.ts';
import { openPostgresStore } from './store.ts';

async function subject(options: PostgresStoreOptions): Promise<StoreUnderTest> {
  const open = () => openPostgresStore({ ...options, durability: 'relaxed' });
  let store = await open();
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await open();
    },
    close: () => store.close(),
  };
}

suite('postgres alone', { skip: missingPostgres() }, () => {
  let server: TestPostgres;
  before(async () => {
    server = await TestPostgres.start({ fsync: 'off' });
  });
  after(() => server.stop());
  mailStoreContract('postgres', () => subject({ url: server.createDatabase() }));
});

suite('postgres with S3', { skip: missingPostgres() || missingS3() }, () => {
  let server: TestPostgres;
  let s3: TestS3;
  before(async () => {
    server = await TestPostgres.start({ fsync: 'off' });
    s3 = await TestS3.start();
  });
  after(async () => {
    await server.stop();
    await s3.stop();
  });
  let stores = 0;
  mailStoreContract('postgres with S3', () =>
    subject({
      url: server.createDatabase(),
      s3: {
        endpoint: s3.endpoint,
        region: s3.region,
        bucket: s3.bucket,
        accessKeyId: s3.accessKeyId,
        secretAccessKey: s3.secretAccessKey,
        forcePathStyle: true,
        prefix: `store-${String(++stores)}/`,
      },
    }),
  );
});
