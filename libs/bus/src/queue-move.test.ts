import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { makeQueueId } from '@postroad/mail';
import type { Bus } from './bus.ts';
import { createQueueRecord, moveQueueRecord, queueRecordsOf } from './queue.ts';
import { moveToPool } from './queue-move.ts';
import type { QueueRecord } from './records.ts';
import { isPoolName, queuePlaceOf, relayLeases, shardOf, subjects } from './subjects.ts';
import { connectBus, provision, TestBroker } from './testing/broker.ts';
import { queueRecord as record } from './testing/records.ts';

const newId = () => makeQueueId(Date.now(), randomBytes(10));

/** A bus whose process is killed before its nth publish. */
function dyingBefore(bus: Bus, n: number): Bus {
  let published = 0;
  return new Proxy(bus, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'publish')
        return (...all: Parameters<Bus['publish']>) =>
          ++published < n ? target.publish(...all) : Promise.reject(new Error('killed'));
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

test('the default pool has the subjects and leases of releases without pools; others have their own', () => {
  const id = newId();
  const shard = shardOf(id);
  assert.equal(subjects.queue(id, 'far.test', '0'), `queue.${shard}.${id}.far/test.0`);
  assert.equal(subjects.queue(id, 'far.test', '0', 'bulk'), `queue.bulk~${shard}.${id}.far/test.0`);
  assert.deepEqual([subjects.queueShard(3), subjects.queueShard(3, '7')], ['queue.3.>', 'queue.7~3.>']);
  assert.deepEqual(
    [relayLeases.shard('default', 3), relayLeases.shard('b', 3), relayLeases.members('default')],
    ['relay.3', 'relay.b.3', 'relay-member.'],
  );
  assert.equal(relayLeases.members('b').startsWith('relay-member.'), false);
  for (const pool of ['default', 'bulk', '7'])
    assert.deepEqual(queuePlaceOf(subjects.queue(id, 'far.test', '0', pool)), { pool, shard, domain: 'far.test' });
  for (const bad of ['', 'a~b', 'a.b', '-a', 'A', '*', '>', 'a'.repeat(33)]) assert.equal(isPoolName(bad), false, bad);
});

for (const servers of [1, 3] as const)
  describe(`moving between pools on ${servers} server${servers === 1 ? '' : 's'}`, () => {
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
    const open = async (queueId: QueueRecord['queueId']) =>
      (await queueRecordsOf(mta, queueId)).filter((each) => each.record.state !== 'done');

    test('a relay of the release before never sees a record of another pool', async () => {
      const one = await createQueueRecord(mta, record({ pool: 'bulk' }));
      const old = await mta.js.consumers.get('QUEUE', {
        filter_subjects: Array.from({ length: 16 }, (_, shard) => `queue.${shard}.>`),
      });
      assert.equal((await old.info()).num_pending, 0);
      assert.equal((await queueRecordsOf(mta, one.record.queueId)).length, 1);
    });

    for (const dies of [1, 2, 3])
      test(`who is killed before write ${dies} of 3 is followed by another; nothing is lost or there twice`, async () => {
        const from = await createQueueRecord(mta, record({ state: 'deferred', attempts: 2, dueAt: 77 }));
        const { queueId } = from.record;
        await assert.rejects(moveToPool(dyingBefore(mta, dies), from.subject, 'bulk'), /killed/);
        assert.ok((await open(queueId)).length >= 1, 'the finisher would take it for finished');
        const sendable = (await open(queueId)).filter((each) => each.record.state !== 'held');
        assert.ok(sendable.length <= 1);
        assert.equal(await moveToPool(mta, from.subject, 'bulk'), 'moved');
        const [there, ...more] = await open(queueId);
        assert.equal(more.length, 0);
        assert.equal(there?.subject, subjects.queue(queueId, 'far.test', '0', 'bulk'));
        assert.deepEqual(
          [there.record.state, there.record.attempts, there.record.dueAt, there.record.pool, there.record.moving],
          ['deferred', 2, 77, 'bulk', undefined],
        );
      });

    test('a move that arrived and was sent before its writer was killed makes no second copy when it is repeated', async () => {
      const from = await createQueueRecord(mta, record());
      await assert.rejects(moveToPool(dyingBefore(mta, 3), from.subject, 'bulk'), /killed/);
      const there = subjects.queue(from.record.queueId, 'far.test', '0', 'bulk');
      // Moved on to a third pool, and finished there.
      assert.equal(await moveToPool(mta, there, 'third'), 'moved');
      const third = (await open(from.record.queueId)).find((each) => each.record.pool === 'third');
      assert.ok(third);
      await moveQueueRecord(mta, third, { ...third.record, state: 'done', recipients: [] });
      assert.equal(await moveToPool(mta, from.subject, 'default'), 'moved');
      assert.deepEqual(await open(from.record.queueId), []);
    });

    test('a head routed again for others, before the first record was touched, loses nobody', async () => {
      const { record: first } = await createQueueRecord(mta, record());
      const b = { forwardPath: { localPart: 'b', domain: 'far.test' } };
      await createQueueRecord(mta, { ...first, recipients: [b], covers: ['b@far.test'] });
      const covers = (await open(first.queueId)).flatMap((each) => each.record.covers);
      assert.deepEqual(covers.sort(), ['a@far.test', 'b@far.test']);
    });

    test('one that meets another of its message and destination stands beside it; a hold stays a hold', async () => {
      const queueId = newId();
      const b = { forwardPath: { localPart: 'b', domain: 'far.test' } };
      const held = await createQueueRecord(mta, record({ queueId, state: 'held', heldBecause: 'odd' }));
      await createQueueRecord(mta, record({ queueId, pool: 'bulk', recipients: [b], covers: ['b@far.test'] }));
      assert.equal(await moveToPool(mta, held.subject, 'bulk'), 'moved');
      const standing = (await open(queueId)).map((each) => [
        each.record.covers,
        each.record.state,
        each.record.heldBecause,
      ]);
      assert.deepEqual(standing.sort(), [
        [['a@far.test'], 'held', 'odd'],
        [['b@far.test'], 'ready', undefined],
      ]);
    });
  });
