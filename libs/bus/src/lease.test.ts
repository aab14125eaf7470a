import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBus, provision, quiet, TestBroker } from './testing/broker.ts';
import type { Bus } from './bus.ts';
import { Lease } from './lease.ts';

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

    test('one owner at a time; a release hands over at once with a higher epoch', async () => {
      const log: string[] = [];
      const a = compete(ops, 'a', 'shard.1', log);
      await sleep(300);
      const b = compete(ops, 'b', 'shard.1', log);
      await sleep(1_500);
      assert.deepEqual(log, ['a got 1']);
      assert.equal(a.epoch, 1);
      assert.equal(b.epoch, null);
      await a.release();
      await sleep(600);
      assert.deepEqual(log, ['a got 1', 'b got 2']);
      await b.release();
    });

    test('a release is heard of: nobody waits for the next look', async () => {
      const log: string[] = [];
      const mta = await connectBus(broker, 'mta');
      // Looks are 5 s apart.
      const a = compete(ops, 'a', 'shard.9', log, 20_000);
      await sleep(300);
      const b = compete(mta, 'b', 'shard.9', log, 20_000);
      await sleep(300);
      assert.deepEqual(log, ['a got 1']);
      const since = performance.now();
      await a.release();
      while (log.length < 2 && performance.now() - since < 6_000) await sleep(5);
      assert.deepEqual(log, ['a got 1', 'b got 2']);
      assert.ok(performance.now() - since < 4_000, `${performance.now() - since} ms`);
      await b.release();
      await mta.close();
    });

    test('an owner cut off from the broker stops before another may take over', async () => {
      const log: string[] = [];
      const events: { at: number; what: string }[] = [];
      const bus = await connectBus(broker, 'mta');
      const note = (what: string) => events.push({ at: performance.now(), what });
      const a = Lease.compete(bus, 'shard.2', {
        owner: 'a',
        ttlMs: 1_000,
        logger: quiet,
        onAcquired: () => note('a got'),
        onLost: () => note('a lost'),
      });
      await sleep(400);
      const b = Lease.compete(ops, 'shard.2', {
        owner: 'b',
        ttlMs: 1_000,
        logger: quiet,
        onAcquired: () => note('b got'),
        onLost: () => note('b lost'),
      });
      await bus.nc.close();
      await sleep(2_500);
      assert.deepEqual(
        events.map((e) => e.what),
        ['a got', 'a lost', 'b got'],
        JSON.stringify(log),
      );
      assert.equal(a.epoch, null);
      assert.equal(b.epoch, 2);
      await b.release();
    });

    test('a record overwritten by somebody else takes the lease away', async () => {
      const log: string[] = [];
      const a = compete(ops, 'a', 'shard.3', log);
      await sleep(300);
      await ops.js.publish('$KV.leases.shard.3', JSON.stringify({ v: 1, owner: 'thief', epoch: 9 }));
      await sleep(600);
      assert.deepEqual(log, ['a got 1', 'a lost']);
      await a.release();
    });
  });
}
