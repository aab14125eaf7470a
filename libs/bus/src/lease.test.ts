import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBus, provision, quiet, TestBroker } from './testing/broker.ts';
import { eventually } from '@postroad/testkit';
import type { Bus } from './bus.ts';
import { Lease } from './lease.ts';

/**
 * An owner whose machine stalls for as long as its lease lasts loses it, and rightly: `work` then says `stalled`, and is done again with
 * a longer one. Whatever else goes wrong is wrong.
 */
async function unhurried(work: (ttlMs: number) => Promise<'done' | 'stalled'>): Promise<void> {
  for (const ttlMs of [1_000, 2_000, 4_000, 8_000]) if ((await work(ttlMs)) === 'done') return;
  assert.fail('it stalled each time, for 8 s in the end');
}

for (const servers of [1, 3] as const) {
  describe(`leases on ${servers} server${servers === 1 ? '' : 's'}`, () => {
    let broker: TestBroker;
    let ops: Bus;
    before(async () => {
      broker = await TestBroker.start({ servers });
      ops = await provision(broker);
    });
    after(async () => {
      await ops.close();
      await broker.stop();
    });

    const compete = (bus: Bus, owner: string, name: string, log: string[], ttlMs = 1_000) =>
      Lease.compete(bus, name, {
        owner,
        ttlMs,
        logger: quiet,
        onAcquired: (epoch) => log.push(`${owner} got ${epoch}`),
        onLost: () => log.push(`${owner} lost`),
      });

    test('one owner at a time; a release hands over at once with a higher epoch', () =>
      unhurried(async (ttlMs) => {
        const log: string[] = [];
        const name = `shard.1-${ttlMs}`;
        const a = compete(ops, 'a', name, log, ttlMs);
        await eventually(() => log.length > 0 || 'a has nothing');
        const b = compete(ops, 'b', name, log, ttlMs);
        try {
          await sleep(1.5 * ttlMs);
          assert.equal(log[0], 'a got 1');
          // Also after a stall nobody takes over before the owner has stopped.
          if (log[1] === 'a lost') return 'stalled';
          assert.deepEqual(log, ['a got 1']);
          assert.equal(a.epoch, 1);
          assert.equal(b.epoch, null);
          await a.release();
          await eventually(() => log.length > 1 || 'b has nothing');
          assert.deepEqual(log, ['a got 1', 'b got 2']);
          return 'done';
        } finally {
          await a.release();
          await b.release();
        }
      }));

    test('the next owner is told how the lease came, and when it was given up whether all had stopped', async () => {
      const log: string[] = [];
      const take = (owner: string, name: string) =>
        new Promise<Lease>((resolve) => {
          const lease: Lease = Lease.compete(ops, name, {
            ...{ owner, ttlMs: 10_000, logger: quiet, onLost: () => {} },
            onAcquired: (epoch, before) => {
              log.push(`${owner} ${epoch} ${before}`);
              resolve(lease);
            },
          });
        });
      const name = 'shard.11';
      await (await take('a', name)).release();
      assert.equal(await Lease.givenUp(ops, name), 1);
      const b = await take('b', name);
      assert.equal(await Lease.givenUp(ops, name), null);
      await b.release(false);
      assert.equal(await Lease.givenUp(ops, name), null);
      // A process of the same name that was killed.
      await take('c', name);
      await (await take('c', name)).release();
      // A release before this one says that it gave it up, and no more.
      await ops.js.publish(`$KV.leases.${name}`, JSON.stringify({ v: 1, owner: 'old', epoch: 5, released: true }));
      assert.equal(await Lease.givenUp(ops, name), null);
      await (await take('d', name)).release();
      assert.deepEqual(log, ['a 1 free', 'b 2 free', 'c 3 expired', 'c 4 own', 'd 6 expired']);
      assert.equal(await Lease.givenUp(ops, 'nobodys'), null);
    });

    test('a renewal that comes too late does not bring the lease back under its old epoch', async (t) => {
      const log: string[] = [];
      const bus = await connectBus(broker, 'mta');
      const publish = bus.js.publish.bind(bus.js);
      let hold: Promise<void> | null = null;
      t.mock.method(bus.js, 'publish', async (...all: Parameters<typeof publish>) => {
        const answer = await publish(...all);
        await hold;
        return answer;
      });
      const a = compete(bus, 'a', 'shard.12', log);
      await eventually(() => log.length > 0 || 'a has nothing');
      let go = (): void => {};
      hold = new Promise((resolve) => (go = resolve));
      await eventually(() => log.length > 1 || 'a has it still');
      hold = null;
      go();
      await eventually(() => log.length > 2 || 'a does not take it again');
      // A stall may cost it the lease more than once.
      assert.deepEqual(log.slice(0, 3), ['a got 1', 'a lost', 'a got 2']);
      await a.release();
      await bus.close();
    });

    test('a release is heard of: nobody waits for the next look', async () => {
      const log: string[] = [];
      const mta = await connectBus(broker, 'mta');
      // Looks are 30 s apart, and `eventually` waits for 20.
      const a = compete(ops, 'a', 'shard.9', log, 120_000);
      await eventually(() => log.length > 0 || 'a has nothing');
      const b = compete(mta, 'b', 'shard.9', log, 120_000);
      // The server it is connected to knows that it listens; the others hear of it in a moment.
      await mta.nc.flush();
      await sleep(300);
      assert.deepEqual(log, ['a got 1']);
      await a.release();
      await eventually(() => log.length > 1 || 'b has nothing');
      assert.deepEqual(log, ['a got 1', 'b got 2']);
      await b.release();
      await mta.close();
    });

    test('an owner cut off from the broker stops before another may take over', async () => {
      const events: string[] = [];
      const bus = await connectBus(broker, 'mta');
      const a = compete(bus, 'a', 'shard.2', events);
      await eventually(() => events.length > 0 || 'a has nothing');
      let epoch: number | null = null;
      const b = Lease.compete(ops, 'shard.2', {
        owner: 'b',
        ttlMs: 1_000,
        logger: quiet,
        onAcquired: (got) => {
          events.push(`b got ${got}`);
          // As long as it is fresh: a stall may cost b the lease again.
          epoch ??= b.epoch;
        },
        onLost: () => events.push('b lost'),
      });
      await bus.nc.close();
      await eventually(() => events.some((each) => each.startsWith('b')) || 'b has nothing');
      assert.deepEqual(events.slice(0, 3), ['a got 1', 'a lost', 'b got 2']);
      assert.equal(a.epoch, null);
      assert.equal(epoch, 2);
      await b.release();
    });

    test('a record overwritten by somebody else takes the lease away', () =>
      unhurried(async (ttlMs) => {
        const log: string[] = [];
        const name = `shard.3-${ttlMs}`;
        const a = compete(ops, 'a', name, log, ttlMs);
        try {
          await eventually(() => log.length > 0 || 'a has nothing');
          const since = performance.now();
          await ops.js.publish(`$KV.leases.${name}`, JSON.stringify({ v: 1, owner: 'thief', epoch: 9 }));
          await eventually(() => log.length > 1 || 'a has it still');
          assert.deepEqual(log.slice(0, 2), ['a got 1', 'a lost']);
          // By the next renewal, not by the end of its time.
          return performance.now() - since < 0.6 * ttlMs ? 'done' : 'stalled';
        } finally {
          await a.release();
        }
      }));
  });
}
