import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Bus, createQueueRecord, DEFAULT_POOL, moveQueueRecord, SHARDS } from '@postroad/bus';
import { connectBus, provision, queueRecord as record, quiet, TestBroker } from '@postroad/bus/testing';
import { eventuallyHolds } from '@postroad/testkit';
import { Follower } from './follow.ts';
import type { Seen } from './schedule.ts';

const shards = [...Array(SHARDS).keys()];

for (const servers of [1, 3] as const)
  describe(`following the queue on ${servers} server${servers === 1 ? '' : 's'}`, () => {
    let broker: TestBroker;
    let ops: Bus;
    let mta: Bus;
    before(async () => {
      broker = await TestBroker.start({ servers });
      ops = await provision(broker);
      mta = await connectBus(broker, 'mta');
    });
    after(async () => {
      await mta.close();
      await ops.close();
      await broker.stop();
    });
    const following = () => {
      const seen: Seen[] = [];
      const follower = new Follower({ bus: mta, logger: quiet }, DEFAULT_POOL, shards, (each) => seen.push(each));
      return { seen, follower };
    };

    test('what stands there comes by its headers, what is new with its body, and nothing twice after a lost connection', async () => {
      const standing = await createQueueRecord(mta, record());
      const { seen, follower } = following();
      follower.run();
      await eventuallyHolds(() =>
        assert.deepEqual(
          seen.map(({ record: body }) => body),
          [null],
        ),
      );
      const fresh = await createQueueRecord(mta, record());
      await eventuallyHolds(() => assert.equal(seen.length, 2));
      assert.deepEqual(seen[1]?.record, fresh.record);
      await mta.nc.reconnect();
      await moveQueueRecord(mta, standing, { ...standing.record, state: 'deferred', dueAt: 7 });
      await eventuallyHolds(() => assert.equal(seen[2]?.subject, standing.subject));
      assert.deepEqual([seen.length, seen[2]?.state, seen[2]?.dueAt], [3, 'deferred', 7]);
      follower.stop();
    });

    test('what a replica that lags does not have yet comes when it is there', async (t) => {
      const { jsm } = mta;
      const real = jsm.streams.info.bind(jsm.streams);
      // The leader knows of three more than the replica that serves the reading.
      t.mock.method(jsm.streams, 'info', async (...asked: Parameters<typeof real>) => {
        const info = await real(...asked);
        return { ...info, state: { ...info.state, last_seq: info.state.last_seq + 3 } };
      });
      const { seen, follower } = following();
      follower.run();
      await eventuallyHolds(() => assert.equal(seen.length, 2));
      const late: string[] = [];
      for (let i = 0; i < 4; i++) late.push((await createQueueRecord(mta, record())).subject);
      await eventuallyHolds(() =>
        assert.deepEqual(
          seen.slice(2).map(({ subject }) => subject),
          late,
        ),
      );
      follower.stop();
    });
  });
