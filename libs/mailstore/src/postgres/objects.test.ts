import { missingPostgres, missingS3, TestPostgres, TestS3 } from '@postroad/testkit';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { S3Bucket, type S3Options } from '../s3/client.ts';
import { drop, fetchAll, inbox, item, newAccount, octets, PREFIX, text } from '../testing/helpers.ts';
import type { MailStore } from '../types.ts';
import { Database } from './database.ts';
import type { PostgresStoreOptions } from './options.ts';
import { openPostgresStore } from './store.ts';

/** A content too large for its row, unlike any other. */
function large(): Buffer {
  return text('large', randomBytes(200_000).toString('base64'));
}

suite('postgres with contents elsewhere', { skip: missingPostgres() || missingS3() }, () => {
  let server: TestPostgres;
  let s3: TestS3;
  let options: S3Options;
  before(async () => {
    server = await TestPostgres.start({ fsync: 'off' });
    s3 = await TestS3.start();
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
    options = { endpoint, region, bucket, accessKeyId, secretAccessKey, forcePathStyle: true };
  });
  after(async () => {
    for (const store of opened) await store.close();
    await server.stop();
    await s3.stop();
  });
  const opened: MailStore[] = [];
  const open = async (more: PostgresStoreOptions): Promise<MailStore> => {
    const store = await openPostgresStore(more);
    opened.push(store);
    return store;
  };
  const keys = async (prefix: string): Promise<string[]> => {
    const bucket = new S3Bucket({ ...options, prefix });
    const found = (await Array.fromAsync(bucket.list())).flat();
    bucket.close();
    return found;
  };

  test('storage that is away is UNAVAILABLE for what is large, and nothing for what is small', async () => {
    const store = await open({ url: server.createDatabase(), durability: 'relaxed', s3: options });
    const account = newAccount();
    const content = large();
    const items = [item(account, content), item(account, text('small'))];
    await s3.kill();
    await assert.rejects(store.deliver(items), { code: 'UNAVAILABLE' });
    const { id, messages } = await inbox(store, account);
    assert.equal(messages, 0);
    assert.equal((await store.deliver([item(account, text('small'))]))[0]?.status, 'filed');
    await s3.launch();
    const results = await store.deliver(items);
    assert.ok(results.every(({ status }) => status === 'filed'));
    const [, message] = await fetchAll(store, account, id, { content: true });
    assert.ok(message && (await octets(message)).equals(Buffer.concat([PREFIX, content])));
    await s3.kill();
    await assert.rejects(octets(message), { code: 'UNAVAILABLE' });
    await s3.launch();
    await store.close();
  });

  test('one object per content; none is left of what was removed, refused, or begun and never filed', async () => {
    const prefix = 'collected/';
    const url = server.createDatabase();
    const store = await open({ url, durability: 'relaxed', s3: { ...options, prefix } });
    const account = newAccount();
    const content = large();
    await Promise.all([0, 1, 2].map(() => store.deliver([item(account, content), item(account, content)])));
    await store.collectGarbage();
    assert.equal((await keys(prefix)).length, 1);
    await assert.rejects(
      store.append(account, 'never', [{ flags: [], internalDate: 0, size: null, content: large() }]),
      { code: 'NOT_FOUND' },
    );
    const db = new Database({ url, durability: 'relaxed' });
    const bucket = new S3Bucket({ ...options, prefix });
    for (const [key, age] of [
      ['old', 7_200_000],
      ['young', 1_000],
    ] as const) {
      await bucket.put(key, { size: 3, sha256: Buffer.alloc(32), open: () => Buffer.from('abc') });
      await db.rows('INSERT INTO object (key, state, at) VALUES ($1, 0, $2)', [`s3/${key}`, Date.now() - age]);
    }
    await store.collectGarbage();
    assert.equal((await keys(prefix)).length, 2);
    await drop(store, account, (await inbox(store, account)).id);
    await store.purgeExpunged(Date.now() + 1);
    assert.equal(await store.collectGarbage(), content.length);
    assert.deepEqual(await keys(prefix), ['young']);
    bucket.close();
    await db.close();
    await store.close();
  });

  test('a store that is given a bucket later reads what came before, in another process too', async () => {
    const url = server.createDatabase();
    const account = newAccount();
    const [first, second] = [large(), large()];
    const plain = await open({ url, durability: 'relaxed' });
    await plain.deliver([item(account, first)]);
    const store = await open({ url, durability: 'relaxed', s3: { ...options, prefix: 'later/' } });
    await store.deliver([item(account, second)]);
    const { id } = await inbox(store, account);
    const messages = await fetchAll(store, account, id, { content: true });
    for (const [i, content] of [first, second].entries()) {
      const message = messages[i];
      assert.ok(message && (await octets(message)).equals(Buffer.concat([PREFIX, content])));
    }
    assert.equal((await keys('later/')).length, 1);
    await plain.close();
    await store.close();
  });

  test('a message of many pieces comes out as it went in, and leaves no file behind', async () => {
    const spoolDirectory = await mkdtemp(join(tmpdir(), 'postroad-spool-test-'));
    const bytes = randomBytes(3_000_001);
    async function* content(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 77_777) yield bytes.subarray(at, at + 77_777);
    }
    for (const more of [{}, { s3: { ...options, prefix: 'pieces/' } }]) {
      const url = server.createDatabase();
      const store = await open({ url, durability: 'relaxed', spoolDirectory, ...more });
      const account = newAccount();
      const items = [{ flags: [], internalDate: 0, size: null, content: content() }];
      await store.append(account, 'INBOX', items);
      const [message] = await fetchAll(store, account, (await inbox(store, account)).id, { content: true });
      assert.ok(message && (await octets(message)).equals(bytes));
      for (const [start, end] of [
        [262_143, 262_145],
        [0, 1],
        [3_000_000, 3_000_001],
        [500_000, 1_500_000],
      ])
        assert.ok((await octets(message, start, end)).equals(bytes.subarray(start, end)));
      await store.close();
    }
    assert.deepEqual(await readdir(spoolDirectory), []);
    await rm(spoolDirectory, { recursive: true });
  });
});
