import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRecord } from '@postroad/bus';
import { connectBus, provision, TestBroker } from '@postroad/bus/testing';
import { Metrics } from '@postroad/telemetry';
import { eventually, eventuallyHolds } from '@postroad/testkit';
import { watchBroker } from './watch.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Value of one series, null when it is not told. */
async function value(metrics: Metrics, series: string): Promise<number | null> {
  const line = (await metrics.render()).split('\n').find((each) => each.startsWith(`postroad_${series} `));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}

for (const servers of [1, 3] as const)
  test(`what stands at a broker of ${servers}, and nothing once it is away for too long`, async () => {
    const broker = await TestBroker.start({ servers });
    const bus = await provision(broker);
    const mta = await connectBus(broker, 'mta');
    const metrics = new Metrics();
    const read = (series: string) => value(metrics, series);
    try {
      await bus.jsm.consumers.add('DELIVER', {
        durable_name: 'mda',
        ack_policy: 'explicit',
        filter_subject: 'deliver.>',
      });
      for (const n of [1, 2])
        await mta.publish('DELIVER', `deliver.0.x.${n}`, encodeRecord({ v: 1 }), { msgId: `m${n}` });
      const consumer = await bus.js.consumers.get('DELIVER', 'mda');
      assert.ok(await consumer.next({ expires: 20_000 }));
      const times = { everyMs: 100, limitMs: 2_000, keepMs: 700 };
      const watch = watchBroker({ bus, metrics, logger: SILENT }, broker.monitors, times);
      const of = 'stream="DELIVER",consumer="mda"';
      const server = `{server="${new URL(broker.monitors[0] ?? '').host}"}`;
      // All at once: what is older than 700 ms is no longer told, so a stall of the machine may hide it for a moment.
      await eventuallyHolds(async () => {
        assert.equal(await read('stream_messages{stream="DELIVER"}'), 2);
        assert.equal(await read(`consumer_ack_pending{${of}}`), 1);
        assert.equal(await read(`consumer_pending{${of}}`), 1);
        assert.equal(await read(`consumer_missing{${of}}`), 0);
        assert.equal(await read('consumer_missing{stream="SPOOL",consumer="router"}'), 1);
        assert.equal(await read('consumer_pending{stream="SPOOL",consumer="router"}'), null);
        assert.equal(await read('stream_max_bytes{stream="SPOOL"}'), 256 * 1024 ** 2);
        assert.ok(((await read('stream_bytes{stream="DELIVER"}')) ?? 0) > 0);
        const oldest = (await read('stream_oldest_seconds{stream="DELIVER"}')) ?? -1;
        assert.ok(oldest > 0 && oldest < 60, `${oldest}`);
        assert.equal(await read('stream_oldest_seconds{stream="QUEUE"}'), 0);
        assert.equal(await read('stream_replicas_behind{stream="DELIVER"}'), 0);
        const [used = 0, may = 0] = [
          await read(`broker_storage_bytes${server}`),
          await read(`broker_storage_max_bytes${server}`),
        ];
        assert.ok((used ?? 0) > 0 && (may ?? 0) > (used ?? 0), `${used} of ${may}`);
      });

      if (servers === 3) {
        await broker.kill(2);
        await eventually(async () => ((await read('stream_replicas_behind{stream="SPOOL"}')) ?? 0) > 0 || 'not yet');
      }
      for (let i = 0; i < servers; i++) await broker.kill(i);
      const looked = await read('broker_look_timestamp_seconds');
      assert.ok(looked !== null && Math.abs(looked - Date.now() / 1_000) < 60, `${looked}`);
      await eventually(async () => (await read('stream_messages{stream="DELIVER"}')) === null || 'not yet');
      assert.equal(await read(`consumer_missing{${of}}`), null);
      assert.equal(await read(`broker_storage_bytes${server}`), null);
      assert.ok((await read('broker_look_timestamp_seconds')) !== null, 'when it was looked at last is still told');
      watch.stop();
    } finally {
      await mta.close();
      await bus.close();
      await broker.stop();
    }
  });
