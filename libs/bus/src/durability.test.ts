import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@postroad/testkit';
import { connectBus, provision, TestBroker } from './testing/broker.ts';
import { NotDurable, UnknownVersion } from './errors.ts';
import { decodeRecord, encodeRecord } from './record.ts';

test('a lazy server is refused, and named; unless relaxed durability was asked for', async () => {
  const broker = await TestBroker.start({ servers: 1, sync: 'lazy' });
  try {
    await assert.rejects(connectBus(broker, 'msa'), (error: unknown) => {
      assert.ok(error instanceof NotDurable);
      assert.match(error.message, /sync_interval: always/);
      return true;
    });
    await (await connectBus(broker, 'msa', 'relaxed')).close();
  } finally {
    await broker.stop();
  }
});

test('a server that comes back lazy is refused at the reconnect', async () => {
  const broker = await TestBroker.start({ servers: 1 });
  const ops = await provision(broker);
  try {
    assert.equal(ops.refusal, null);
    await broker.kill(0);
    broker.reconfigure(0, (text) => text.replace('sync_interval: always', ''));
    broker.launch(0);
    await broker.ready();
    await eventually(() => ops.refusal !== null || 'not refused');
    assert.equal((ops.refusal as NotDurable | null)?.code, 'NOT_DURABLE');
    await assert.rejects(ops.publish('EVENTS', 'evt.1', Buffer.from('x'), { msgId: 'x' }), NotDurable);
  } finally {
    await ops.close();
    await broker.stop();
  }
});

test('a record of an unknown version is not read, and says so', () => {
  assert.deepEqual(decodeRecord(encodeRecord({ v: 1 }), [1]), { v: 1 });
  for (const bad of ['{"v":2}', '{}', 'null', 'not json', '{"v":"1"}'])
    assert.throws(() => decodeRecord(Buffer.from(bad), [1]), UnknownVersion, bad);
});
