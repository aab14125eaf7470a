import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { makeQueueId } from '@postroad/mail';
import { Metrics } from '@postroad/telemetry';
import { eventuallyHolds } from '@postroad/testkit';
import { subjects } from './subjects.ts';
import { connectBus, provision, TestBroker } from './testing/broker.ts';

test('publishes by stream, failures by code, and whether the connection stands', async () => {
  const metrics = new Metrics();
  const sample = async (line: string) =>
    (await metrics.render())
      .split('\n')
      .find((each) => each.startsWith(`postroad_bus_${line} `))
      ?.split(' ')[1];
  const becomes = (line: string, value: string) => eventuallyHolds(async () => assert.equal(await sample(line), value));
  const broker = await TestBroker.start({ servers: 1 });
  const ops = await provision(broker, { recordBytes: 1024 ** 2 });
  const mta = await connectBus(broker, 'mta', 'synced', undefined, metrics);
  const put = (data: Buffer, expect?: number, subject = subjects.queue(id, 'example.org', '0')) =>
    mta.publish('QUEUE', subject, data, {
      msgId: randomBytes(8).toString('hex'),
      ...(expect !== undefined && { expect }),
    });
  const id = makeQueueId(Date.now(), randomBytes(10));
  try {
    await put(Buffer.from('one'), 0);
    await put(Buffer.from('two'));
    await assert.rejects(put(Buffer.from('three'), 0));
    const filling = Array.from({ length: 4 }, (_, i) =>
      put(Buffer.alloc(400_000), 0, subjects.queue(id, 'full.example', `${i}`)),
    );
    const full = (await Promise.allSettled(filling)).filter(({ status }) => status === 'rejected').length;
    assert.ok(full > 0);
    assert.equal(await sample('publish_seconds_count{stream="QUEUE"}'), `${2 + filling.length - full}`);
    assert.equal(await sample('publish_failures_total{stream="QUEUE",code="CONFLICT"}'), '1');
    assert.equal(await sample('publish_failures_total{stream="QUEUE",code="STREAM_FULL"}'), `${full}`);
    assert.equal(await sample('connected'), '1');
    assert.equal(await sample('reconnects_total'), undefined);
    await broker.kill(0);
    await becomes('connected', '0');
    const lost = mta.publish('EVENTS', 'evt.1', Buffer.from('x'), { msgId: 'x', deadlineMs: 300 });
    await assert.rejects(lost);
    assert.equal(await sample('publish_failures_total{stream="EVENTS",code="BUS_UNAVAILABLE"}'), '1');
    broker.launch(0);
    await broker.ready();
    await becomes('connected', '1');
    await becomes('reconnects_total', '1');
  } finally {
    await mta.close();
    await ops.close();
    await broker.stop();
  }
});
