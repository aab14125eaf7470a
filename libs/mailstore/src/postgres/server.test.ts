import { missingPostgres, TestPostgres } from '@postroad/testkit';
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import pg from 'pg';
import { inbox, item, newAccount, readAll, text } from '../testing/helpers.ts';
import type { MailStore } from '../types.ts';
import type { PostgresStoreOptions } from './options.ts';
import { MIGRATIONS } from './schema.ts';
import { openPostgresStore } from './store.ts';

const unavailable = (words: RegExp) => (error: unknown) => {
  const { code, message } = error as { code?: string; message: string };
  return code === 'UNAVAILABLE' && words.test(message);
};

async function run(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

suite('postgres server', { skip: missingPostgres() }, () => {
  let server: TestPostgres;
  before(async () => {
    server = await TestPostgres.start();
  });
  after(() => server.stop());
  const open = async (options: PostgresStoreOptions, work: (store: MailStore) => Promise<void>): Promise<void> => {
    const store = await openPostgresStore(options);
    try {
      await work(store);
    } finally {
      await store.close();
    }
  };

  test('one that would lose acknowledged mail is refused, with what to do about it', async () => {
    const url = server.createDatabase('careless');
    await run(url, 'ALTER DATABASE careless SET synchronous_commit = off');
    await assert.rejects(openPostgresStore({ url }), unavailable(/synchronous_commit is off.*set it to on/));
    await run(url, 'ALTER DATABASE careless SET synchronous_commit = remote_apply');
    await open({ url }, async (store) => assert.equal((await store.listMailboxes('a')).length, 6));
    await run(url, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    await assert.rejects(openPostgresStore({ url: url.replace('careless', 'latin') }), unavailable(/ENCODING 'UTF8'/));
  });

  test('fsync = off is refused unless told otherwise', async () => {
    const unsafe = await TestPostgres.start({ fsync: 'off' });
    try {
      const url = unsafe.createDatabase();
      await assert.rejects(openPostgresStore({ url }), unavailable(/fsync is off.*relaxed/));
      await open({ url, durability: 'relaxed' }, async () => undefined);
    } finally {
      await unsafe.stop();
    }
  });

  test('many programs that start at once make one schema', async () => {
    const url = server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 6 }, () => openPostgresStore({ url })));
    const account = newAccount();
    const lists = await Promise.all(stores.map((store) => store.listMailboxes(account)));
    for (const list of lists) assert.deepEqual(list, lists[0]);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('a newer schema is read as long as it says so, and refused when it does not', async () => {
    const url = server.createDatabase();
    await open({ url }, async () => undefined);
    const next = MIGRATIONS.length + 1;
    await run(
      url,
      'ALTER TABLE mailbox ADD colour text',
      `INSERT INTO schema_version (version, min_reader) VALUES (${String(next)}, 1)`,
    );
    const account = newAccount();
    await open({ url }, async (store) => {
      await store.deliver([item(account, text('old program, new schema'))]);
    });
    await run(url, `UPDATE schema_version SET min_reader = ${String(next)} WHERE version = ${String(next)}`);
    await assert.rejects(openPostgresStore({ url }), unavailable(/needs a program that knows/));
  });

  test('a server that is away is UNAVAILABLE, and is used again when it is back', async () => {
    const url = server.createDatabase();
    const account = newAccount();
    await open({ url }, async (store) => {
      await store.deliver([item(account, text('before'))]);
      await server.kill();
      await assert.rejects(store.listMailboxes(account), { code: 'UNAVAILABLE' });
      const waiting = item(account, text('after'));
      await assert.rejects(store.deliver([waiting]), { code: 'UNAVAILABLE' });
      await server.launch();
      assert.equal((await store.deliver([waiting]))[0]?.status, 'filed');
      const { id } = await inbox(store, account);
      assert.equal((await readAll(store, account, id)).length, 2);
    });
    await assert.rejects(openPostgresStore({ url: 'postgres://nobody@127.0.0.1:1/none' }), { code: 'UNAVAILABLE' });
  });

  test('numbers and names that no row can have are answered, not INTERNAL', async () => {
    await open({ url: server.createDatabase() }, async (store) => {
      const account = newAccount();
      await store.deliver([item(account, text('one'))]);
      const { id } = await inbox(store, account);
      const far = 2 ** 63;
      assert.deepEqual((await store.changesSince(account, id, far)).messages, []);
      for (const key of [
        { op: 'modseq', modseq: far },
        { op: 'size', is: 'larger', size: far },
        { op: 'time', of: 'sent', from: far, to: -far },
        { op: 'id', of: 'email', id: "'; --" },
      ] as const)
        assert.deepEqual([...(await store.search(account, id, key)).uids], [], key.op);
      const change = { mode: 'add', flags: ['\\Seen'], unchangedSince: far } as const;
      assert.equal((await store.storeFlags(account, id, [1, 4_294_967_295], change)).messages.length, 1);
      await assert.rejects(store.mailbox(account, 'a\0b'), { code: 'INVALID' });
    });
  });

  test('a closed store says so, and waits for what is under way', async () => {
    const store = await openPostgresStore({ url: server.createDatabase() });
    const account = newAccount();
    const [delivered] = await Promise.all([store.deliver([item(account, text('last'))]), store.close()]);
    assert.equal(delivered[0]?.status, 'filed');
    await assert.rejects(store.listMailboxes(account), { code: 'CLOSED' });
    await assert.rejects(store.transfer.accounts(), { code: 'CLOSED' });
    await store.close();
  });
});
