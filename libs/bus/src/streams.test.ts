import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBus, provision, TestBroker } from './testing/broker.ts';
import { untilAnswered } from './until-answered.ts';

/** Longer than the client waits for one answer of the API (5 s). */
const ALONE_MS = 6_000;

test('streams and consumers are made as soon as the servers have found each other, and not given up before', async () => {
  const broker = await TestBroker.start({ servers: 3 });
  const mda = await connectBus(broker, 'mda');
  try {
    await Promise.all([broker.kill(1), broker.kill(2)]);
    const provisioned = provision(broker);
    const early = await Promise.race([provisioned.catch((error: unknown) => error), sleep(ALONE_MS, 'waiting')]);
    assert.equal(early, 'waiting');
    broker.launch(1);
    broker.launch(2);
    const ops = await provisioned;
    const { config } = await ops.jsm.streams.info('DELIVER');
    assert.equal(config.num_replicas, 3);

    await Promise.all([broker.kill(1), broker.kill(2)]);
    const consumed = mda.consume({ stream: 'DELIVER', durable: 'mda', filter: 'deliver.>', handler: async () => {} });
    assert.equal(
      await Promise.race([consumed.catch((error: unknown) => error), sleep(ALONE_MS, 'waiting')]),
      'waiting',
    );
    broker.launch(1);
    broker.launch(2);
    await (await consumed).drain();
    await ops.close();
  } finally {
    await mda.close();
    await broker.stop();
  }
});

test('a refusal is told at once', async () => {
  const broker = await TestBroker.start({ servers: 1 });
  const ops = await provision(broker);
  try {
    let asked = 0;
    const ask = () => {
      asked += 1;
      return ops.jsm.streams.info('NOTHING');
    };
    await assert.rejects(untilAnswered(ask), { code: 10059 });
    assert.equal(asked, 1);
  } finally {
    await ops.close();
    await broker.stop();
  }
});
