import { missingPostgres, TestPostgres } from '@postroad/testkit';
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fetchAll, item, newAccount, octets, PREFIX, text } from '../testing/helpers.ts';
import type { MailStore } from '../types.ts';
import { openPostgresStore } from './store.ts';

const SECONDS = 8;

/** A process of mailbox-worker.ts, with what it acknowledged so far. */
class Worker {
  output = '';
  readonly #child: ChildProcess;

  constructor(url: string, name: string) {
    const script = fileURLToPath(new URL('./testing/mailbox-worker.ts', import.meta.url));
    this.#child = spawn(process.execPath, [script, url, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.output += chunk));
  }

  get running(): boolean {
    return this.#child.exitCode === null;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Follows a mailbox as a session does, by its MODSEQ alone, and checks that nothing comes too late to be seen. */
class Follower {
  readonly #store: MailStore;
  readonly #account: string;
  readonly #name: string;
  readonly flags = new Map<number, string>();
  #modseq = 0;
  #uidNext = 1;

  constructor(store: MailStore, account: string, name: string) {
    this.#store = store;
    this.#account = account;
    this.#name = name;
  }

  async look(): Promise<void> {
    const id = await this.id();
    const changes = await this.#store.changesSince(this.#account, id, this.#modseq);
    assert.ok(changes.complete);
    assert.ok(changes.mailbox.highestModseq >= this.#modseq);
    for (const { uid, flags, modseq } of changes.messages) {
      assert.ok(modseq > this.#modseq && modseq <= changes.mailbox.highestModseq);
      if (!this.flags.has(uid)) assert.ok(uid >= this.#uidNext, `UID ${String(uid)} came late`);
      assert.ok(uid < changes.mailbox.uidNext);
      this.flags.set(uid, [...flags].sort().join(' '));
    }
    for (const uid of changes.vanished) this.flags.delete(uid);
    assert.equal(this.flags.size, changes.mailbox.messages);
    this.#modseq = changes.mailbox.highestModseq;
    this.#uidNext = changes.mailbox.uidNext;
  }

  async id(): Promise<number> {
    return (await this.#store.mailbox(this.#account, this.#name))?.id ?? 0;
  }

  /** What was followed is what is there, and the counters are right. */
  async check(): Promise<void> {
    await this.look();
    const id = await this.id();
    const { mailbox, uids } = await this.#store.snapshot(this.#account, id);
    const messages = await fetchAll(this.#store, this.#account, id, {});
    assert.deepEqual(
      [...this.flags.keys()].sort((a, b) => a - b),
      [...uids],
    );
    for (const { uid, flags } of messages) assert.equal(this.flags.get(uid), [...flags].sort().join(' '));
    const deleted = messages.filter(({ flags }) => flags.includes('\\Deleted'));
    const sum = (list: readonly { readonly size: number }[]): number => list.reduce((n, { size }) => n + size, 0);
    assert.deepEqual(
      [mailbox.messages, mailbox.unseen, mailbox.bytes, mailbox.deleted, mailbox.deletedBytes],
      [
        messages.length,
        messages.filter(({ flags }) => !flags.includes('\\Seen')).length,
        sum(messages),
        deleted.length,
        sum(deleted),
      ],
    );
    assert.equal(new Set(messages.map(({ modseq }) => modseq)).size > 0, messages.length > 0);
  }
}

suite('postgres with several processes', { skip: missingPostgres() }, () => {
  let server: TestPostgres;
  let url: string;
  let store: MailStore;
  before(async () => {
    server = await TestPostgres.start({ fsync: 'off' });
    url = server.createDatabase();
    store = await openPostgresStore({ url, durability: 'relaxed' });
  });
  after(async () => {
    await store.close();
    await server.stop();
  });

  test('killed in between, they lose nothing they acknowledged, file nothing twice, and commit in MODSEQ order', async (t) => {
    const followers = ['shared-a', 'shared-b'].flatMap((account) =>
      ['INBOX', 'Archive', 'Sent'].map((name) => new Follower(store, account, name)),
    );
    const workers = [new Worker(url, 'w0'), new Worker(url, 'w1'), new Worker(url, 'w2')];
    t.after(() => Promise.all(workers.map((worker) => worker.kill())));
    const until = Date.now() + SECONDS * 1000;
    // A slow machine takes its time to start them.
    const patience = until + 60_000;
    let nextKill = Date.now() + 2_500;
    while (Date.now() < until || (acknowledgedBy(workers).size <= 50 && Date.now() < patience)) {
      await Promise.all(followers.map((follower) => follower.look()));
      await sleep(5);
      if (Date.now() < nextKill) continue;
      nextKill += 1_000;
      await workers.at(-3)?.kill();
      workers.push(new Worker(url, `w${String(workers.length)}`));
    }
    assert.ok(
      workers.slice(-3).every(({ running }) => running),
      'a worker ended by itself',
    );
    await Promise.all(workers.map((worker) => worker.kill()));
    for (const follower of followers) await follower.check();
    await checkDeliveries(store, workers);
  });

  test('content that is delivered while it is collected is there, or is brought again', async (t) => {
    const stores = [store, await openPostgresStore({ url, durability: 'relaxed', inlineLimit: 1_000 })];
    t.after(() => stores[1]?.close());
    const contents = ['x', 'y'].map((word) => text(word, `${word} `.repeat(100_000)));
    const account = newAccount();
    let stop = false;
    const collect = async (): Promise<void> => {
      while (!stop) {
        const { id, uids } = await inboxOf(store, account);
        await store.storeFlags(account, id, [...uids], { mode: 'add', flags: ['\\Deleted'] });
        await store.expunge(account, id);
        await store.purgeExpunged(Date.now() + 1);
        await store.collectGarbage();
      }
    };
    const deliver = async (each: MailStore, n: number): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const content = contents[(i + n) % 2] ?? Buffer.alloc(0);
        const [result] = await each.deliver([item(account, content)]);
        assert.equal(result?.status, 'filed');
      }
    };
    const collecting = collect();
    await Promise.all([...stores, ...stores].map(deliver));
    stop = true;
    await collecting;
    await Promise.all(stores.map((each) => each.deliver(contents.map((content) => item(account, content)))));
    await store.collectGarbage();
    const { id } = await inboxOf(store, account);
    let read = 0;
    for (const message of await fetchAll(store, account, id, { content: true })) {
      const bytes = await octets(message);
      assert.ok(contents.some((content) => bytes.equals(Buffer.concat([PREFIX, content]))));
      read++;
    }
    assert.ok(read >= 4);
  });
});

async function inboxOf(store: MailStore, account: string): Promise<{ id: number; uids: Uint32Array }> {
  const id = (await store.mailbox(account, 'INBOX'))?.id ?? 0;
  return { id, uids: (await store.snapshot(account, id)).uids };
}

/** Queue ids of the deliveries that were acknowledged. */
function acknowledgedBy(workers: readonly Worker[]): Set<string> {
  return new Set(workers.flatMap(({ output }) => output.split('\n').slice(0, -1)));
}

/** Each acknowledged delivery is in exactly one place: in a mailbox, or among what was expunged. */
async function checkDeliveries(store: MailStore, workers: readonly Worker[]): Promise<void> {
  const found: string[] = [];
  for (const { id } of await store.listMailboxes('shared-a')) {
    for (const message of await fetchAll(store, 'shared-a', id, { structure: true })) {
      const { envelope } = JSON.parse(message.structure ?? '') as { envelope: { subject: string } };
      found.push(envelope.subject);
    }
  }
  found.push(...(await store.listExpunged('shared-a')).map(({ subject }) => subject));
  const delivered = found.filter((subject) => !subject.startsWith('appended'));
  const places = new Set(delivered);
  assert.equal(places.size, delivered.length, 'a message was filed twice');
  const acknowledged = acknowledgedBy(workers);
  assert.ok(acknowledged.size > 50, `only ${String(acknowledged.size)} deliveries were made`);
  for (const queueId of acknowledged) assert.ok(places.has(queueId), `${queueId} was acknowledged and is lost`);
}
