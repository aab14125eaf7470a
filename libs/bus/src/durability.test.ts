import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { eventually } from '@postroad/testkit';
import { Bus } from './bus.ts';
import { connectBus, provision, quiet, TestBroker } from './testing/broker.ts';
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

test('nothing is taken by a server that came back lazy, not even before that is known', async () => {
  const broker = await TestBroker.start({ servers: 1 });
  const ops = await provision(broker);
  try {
    await broker.kill(0);
    broker.reconfigure(0, (text) => text.replace('sync_interval: always', ''));
    let taken = 0;
    const failures: unknown[] = [];
    const publish = (i: number) =>
      ops.publish('EVENTS', 'evt.1', Buffer.from('x'), { msgId: `x${i}`, deadlineMs: 60_000 }).then(
        () => taken++,
        (error: unknown) => failures.push(error),
      );
    // Some wait for the server, some come while it is back and was not asked yet.
    const all = Array.from({ length: 20 }, (_, i) => publish(i));
    broker.launch(0);
    while (ops.refusal === null) {
      all.push(publish(all.length));
      await new Promise((resolve) => setImmediate(resolve));
      if (all.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(all);
    assert.equal(taken, 0);
    assert.equal(failures.length, all.length);
    for (const error of failures) assert.ok(error instanceof NotDurable, String(error));
  } finally {
    await ops.close();
    await broker.stop();
  }
});

test('a server that is back but cannot be asked yet takes nothing, and all when it was asked', async () => {
  const broker = await TestBroker.start({ servers: 1 });
  await (await provision(broker)).close();
  const monitor = createServer((_, response) => {
    if (silent) response.destroy();
    else
      fetch(`${broker.monitors[0] ?? ''}/jsz?config=true`)
        .then((answer) => answer.text())
        .then(
          (text) => response.end(text),
          () => response.destroy(),
        );
  });
  let silent = false;
  await new Promise<void>((resolve) => monitor.listen(0, '127.0.0.1', resolve));
  const { port } = monitor.address() as AddressInfo;
  const mta = await connectBus({ servers: broker.servers, monitors: [`http://127.0.0.1:${port}`] }, 'mta');
  try {
    silent = true;
    await broker.kill(0);
    let taken = false;
    const waiting = mta
      .publish('QUEUE', 'queue.0.x.y.0', Buffer.from('x'), { msgId: 'x', deadlineMs: 60_000 })
      .then(() => (taken = true));
    broker.launch(0);
    await broker.ready();
    // Doors are told: they say 451 meanwhile.
    await eventually(() => mta.refusal !== null || 'not refused');
    assert.equal(taken, false);
    silent = false;
    await waiting;
    await eventually(() => mta.refusal === null || String(mta.refusal));
  } finally {
    await mta.close();
    monitor.close();
    await broker.stop();
  }
});

test('one of three servers that comes back lazy is noticed, though the connection to another stands; and when it is mended', async () => {
  const broker = await TestBroker.start({ servers: 3 });
  await (await provision(broker)).close();
  const mta = await Bus.connect({
    ...{ servers: broker.servers.slice(0, 1), monitors: broker.monitors, agent: 'mta', password: 'pw-mta' },
    ...{ durability: 'synced', logger: quiet, patrolMs: 100 },
  });
  try {
    const restart = async (change: (text: string) => string) => {
      await broker.kill(2);
      broker.reconfigure(2, change);
      broker.launch(2);
      await broker.ready();
    };
    let before = '';
    await restart((text) => (before = text).replace('sync_interval: always', ''));
    await eventually(() => mta.refusal instanceof NotDurable || 'not noticed');
    assert.match(mta.refusal?.message ?? '', new RegExp(broker.monitors[2] ?? 'none'));
    await restart(() => before);
    await eventually(() => mta.refusal === null || String(mta.refusal));
    await mta.publish('QUEUE', 'queue.0.x.y.0', Buffer.from('x'), { msgId: 'x', deadlineMs: 60_000 });
  } finally {
    await mta.close();
    await broker.stop();
  }
});

test('a record of an unknown version is not read, and says so', () => {
  assert.deepEqual(decodeRecord(encodeRecord({ v: 1 }), [1]), { v: 1 });
  for (const bad of ['{"v":2}', '{}', 'null', 'not json', '{"v":"1"}'])
    assert.throws(() => decodeRecord(Buffer.from(bad), [1]), UnknownVersion, bad);
});
