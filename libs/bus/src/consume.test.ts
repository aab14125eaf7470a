import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeQueueId } from '@postroad/mail';
import type { JsMsg } from '@nats-io/jetstream';
import { eventually } from '@postroad/testkit';
import { connectBus, provision, TestBroker } from './testing/broker.ts';
import type { Bus } from './bus.ts';
import { subjects } from './subjects.ts';

/** An item that is lost on its way comes again after so long: by far later than what a test waits for (ms). */
const ackWaitMs = 300_000;
const PATIENCE_MS = 60_000;

const newId = () => makeQueueId(Date.now(), randomBytes(10));

for (const servers of [1, 3] as const) {
  describe(`consume on ${servers} server${servers === 1 ? '' : 's'}`, () => {
    let broker: TestBroker;
    let ops: Bus;
    let mda: Bus;
    before(async () => {
      broker = await TestBroker.start({ servers });
      ops = await provision(broker);
      mda = await connectBus(broker, 'mda');
    });
    after(async () => {
      await mda.close();
      await ops.close();
      await broker.stop();
    });
    // A plain ack is not confirmed: what a test before had acked may still stand in the stream.
    beforeEach(async () => {
      for await (const { name } of ops.jsm.consumers.list('DELIVER')) await ops.jsm.consumers.delete('DELIVER', name);
      await ops.jsm.streams.purge('DELIVER');
    });
    const put = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const subject = subjects.deliver(newId(), '0');
        await ops.publish('DELIVER', subject, Buffer.from(`${i}`), { msgId: subject, expect: 0 });
      }
    };

    test('batches grow with what waits, stay under their limit, and every item comes once', async () => {
      await put(300);
      const seen: string[] = [];
      const sizes: number[] = [];
      const run = await mda.consume({
        stream: 'DELIVER',
        durable: 'all',
        filter: 'deliver.>',
        maxBatch: 50,
        concurrency: 2,
        handler: async (items) => {
          sizes.push(items.length);
          await sleep(5);
          for (const item of items) {
            seen.push(item.string());
            item.ack();
          }
        },
      });
      while (seen.length < 300) await sleep(20);
      await run.drain();
      assert.equal(new Set(seen).size, 300);
      assert.ok(Math.max(...sizes) <= 50);
      assert.ok(Math.max(...sizes) > 1, 'it never batched');
    });

    test('drain gives back what was not begun, and another process takes it at once', async () => {
      await put(40);
      const first: string[] = [];
      const options = {
        stream: 'DELIVER',
        durable: 'drain',
        filter: 'deliver.>',
        maxBatch: 1,
        concurrency: 2,
        inFlight: 20,
        ackWaitMs,
      };
      const a = await mda.consume({
        ...options,
        handler: async ([item]) => {
          await sleep(50);
          first.push(item?.string() ?? '');
          item?.ack();
        },
      });
      await eventually(() => first.length > 0 || 'nothing is done');
      await a.drain();
      assert.ok(first.length > 0 && first.length < 40, `${first.length}`);
      const second: string[] = [];
      const b = await mda.consume({
        ...options,
        concurrency: 40,
        handler: async ([item]) => {
          second.push(item?.string() ?? '');
          item?.ack();
        },
      });
      await eventually(() => first.length + second.length >= 40 || `${second.length}`, PATIENCE_MS);
      await b.drain();
      assert.equal(first.length + second.length, 40);
      assert.equal(new Set([...first, ...second]).size, 40);
    });

    test('drain under load: what was on its way to us goes to another process at once', async () => {
      const total = 1_500;
      const done = new Set<string>();
      const options = {
        stream: 'DELIVER',
        durable: 'load',
        filter: 'deliver.>',
        concurrency: 20,
        inFlight: 200,
        ackWaitMs,
      };
      const handler = async ([item]: JsMsg[]) => {
        await sleep(1);
        done.add(item?.string() ?? '');
        item?.ack();
      };
      await put(total);
      // Each new one takes over while the one before still gets messages.
      for (let at = 200; at < total - 300; at += 200) {
        const one = await mda.consume({ ...options, handler });
        while (done.size < at) await sleep(1);
        await one.drain(1_000);
      }
      const last = await mda.consume({ ...options, handler });
      await eventually(() => done.size === total || `${done.size}`, PATIENCE_MS);
      await last.drain();
    });

    test('drain does not wait for a handler that takes too long: its items go to another process', async () => {
      await put(2);
      const options = { stream: 'DELIVER', durable: 'hung', filter: 'deliver.>', ackWaitMs };
      // Opened at the end: a handler at work keeps the process.
      const gate = Promise.withResolvers<void>();
      let begun = 0;
      const hung = await mda.consume({
        ...options,
        concurrency: 2,
        handler: async () => {
          begun++;
          await gate.promise;
        },
      });
      while (begun < 2) await sleep(10);
      const since = performance.now();
      await hung.drain(200);
      assert.ok(performance.now() - since < PATIENCE_MS / 2);
      let taken = 0;
      const next = await mda.consume({
        ...options,
        handler: async ([item]) => {
          taken++;
          item?.ack();
        },
      });
      await eventually(() => taken >= 2 || `${taken}`, PATIENCE_MS).finally(() => gate.resolve());
      await next.drain();
    });

    test('a handler that throws gets the item again, however often', async () => {
      await put(1);
      let tries = 0;
      const run = await mda.consume({
        stream: 'DELIVER',
        durable: 'again',
        filter: 'deliver.>',
        handler: async ([item]) => {
          if (++tries < 3) throw new Error('not yet');
          item?.ack();
        },
      });
      while (tries < 3) await sleep(50);
      await run.drain();
      assert.equal(tries, 3);
    });

    test('the stream outlives a broker restart and consumption goes on by itself', async () => {
      await put(5);
      const seen: string[] = [];
      const run = await mda.consume({
        stream: 'DELIVER',
        durable: 'restart',
        filter: 'deliver.>',
        handler: async ([item]) => {
          seen.push(item?.subject ?? '');
          item?.ack();
        },
      });
      while (seen.length < 5) await sleep(20);
      for (let i = 0; i < broker.size; i++) await broker.kill(i);
      for (let i = 0; i < broker.size; i++) broker.launch(i);
      await broker.ready();
      await put(5);
      const until = Date.now() + 80_000;
      while (new Set(seen).size < 10 && Date.now() < until) await sleep(50);
      await run.drain();
      assert.equal(new Set(seen).size, 10);
    });
  });
}
