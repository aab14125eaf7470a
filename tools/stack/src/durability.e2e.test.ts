import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LoadClient, messageOf, missing } from '@postroad/testkit';
import { happens, startE2e } from './e2e-stack.ts';
import { readTrace } from './strace.ts';

/** Sends messages through a stack whose broker, mta and mda are traced; says which promises were made before their fsync. */
async function earlyPromises(messages: number, portOffset: number, sync: 'always' | 'lazy'): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'postroad-strace-'));
  // -D: the traced program stays our child, so that signals reach it. Of the store whole pages are shown.
  const wrap = (name: string, shown: number) => [
    ...['strace', '-D', '-f', '-ttt', '-s', `${shown}`, '-o', join(dir, name)],
    ...['-e', 'trace=fsync,fdatasync,write,writev,pwrite64,sendto,sendmsg'],
  ];
  const e2e = await startE2e({
    portOffset,
    brokers: { sync, wrapper: wrap('nats', 160) },
    durability: sync === 'always' ? 'synced' : 'relaxed',
    wrapper: { mda: wrap('mda', 9_000), mta: wrap('mta', 300) },
  });
  const to = e2e.users[1] ?? '';
  const ids: string[] = [];
  const left = async (stream: string) => (await e2e.stack.bus.jsm.streams.info(stream)).state.messages;
  try {
    const client = await LoadClient.open(e2e.stack.ports.mx);
    for (let i = 0; i < messages; i++) {
      const content = messageOf({ from: 'x@world.example', to, size: 1_500, id: `sync-${i}` });
      const answer = await client.send('x@world.example', [to], content);
      ids.push(/queued as (\w+)/.exec(answer.lines.join(' '))?.[1] ?? assert.fail('no queue id'));
      // One at a time, so that the next ack is this message's.
      await happens('it is delivered', async () => (await left('DELIVER')) === 0 && (await left('SPOOL')) === 0);
    }
    client.close();
  } finally {
    await e2e.stop();
  }
  const [nats, mda, mta] = await Promise.all(['nats', 'mda', 'mta'].map((name) => readTrace(join(dir, name))));
  const early: string[] = [];
  for (const id of ids) {
    // The broker writes the head to its file, syncs that file, and only then tells the mta, which answers 250.
    const stored =
      nats?.findWrite(`spool.${id}.head`, 'file') ?? assert.fail(`the broker never wrote the head of ${id}`);
    const answered = mta?.findWrite(`queued as ${id}`, 'any') ?? assert.fail(`no 250 seen for ${id}`);
    const synced = nats?.syncAfter(stored) ?? null;
    if (synced === null || synced.end > answered.at) early.push(`250 of ${id}`);
    // The store's transaction is synced before the work item is acked.
    const filed = mda?.findWrite(id, 'file') ?? assert.fail(`the store never wrote ${id}`);
    const acked = mda?.ackAfter(filed) ?? assert.fail(`no ack seen for ${id}`);
    const committed = mda?.syncAfter(filed) ?? null;
    if (committed === null || committed.end > acked.at) early.push(`ack of ${id}`);
  }
  rmSync(dir, { recursive: true, force: true });
  return early;
}

/** DESIGN §1.1: a 250 and an ack mean that the message is on disk. Killing proves nothing about fsync; the system calls do. */
describe('durability', () => {
  test(
    'an fsync of the broker precedes each 250, and one of the store each ack',
    { skip: missing('strace') },
    async () => {
      assert.deepEqual(await earlyPromises(12, 22_000, 'always'), []);
    },
  );

  test(
    'the same trace shows every 250 too early when the broker is lazy: the check bites',
    { skip: missing('strace') },
    async () => {
      const early = await earlyPromises(5, 22_200, 'lazy');
      assert.equal(early.filter((promise) => promise.startsWith('250')).length, 5);
      assert.equal(early.filter((promise) => promise.startsWith('ack')).length, 0);
    },
  );

  test('agents refuse to serve on a broker that syncs lazily', async () => {
    await assert.rejects(startE2e({ portOffset: 22_500, brokers: { sync: 'lazy' } }), /sync_interval: always/);
  });
});
