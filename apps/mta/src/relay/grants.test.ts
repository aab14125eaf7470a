import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createQueueRecord, isGranted, moveToPool, relayLeases } from '@postroad/bus';
import { connectBus, queueRecord, quiet } from '@postroad/bus/testing';
import { cancel, openSpool, operate, type OperatorDeps } from '@postroad/spool';
import { eventually } from '@postroad/testkit';
import { Offering } from '../offers/offering.ts';
import { Offers } from '../offers/offers.ts';
import { startRelay } from './role.ts';
import type { RelayConfig } from './settings.ts';
import { Peer } from './testing/peer.ts';
import { World } from './testing/world.ts';

describe('records that the router claimed for a relay (ADR 0039)', () => {
  let world: World;
  let mx: Peer;
  let offers: Offers;
  let deps: OperatorDeps;
  before(async () => {
    world = await World.open();
    offers = Offers.listen(world.bus);
    deps = { bus: world.bus, spool: world.spool, events: () => {}, hostname: 'mail.postroad.test', patience: 30_000 };
  });
  afterEach(async () => {
    await world.rest();
    await mx.stop();
  });
  after(() => world.close());

  const hosts = () => ({ hosts: { 'far.test': mx.hosts } });
  /** A relay that has all shards, and is heard to offer to take their records. */
  const relay = async (config: Partial<RelayConfig> = {}) => {
    const started = await world.relay({ ...hosts(), ...config });
    await eventually(() =>
      Array.from({ length: 200 }, () => queueRecord()).every((record) => isGranted(offers.grant(record)))
        ? true
        : 'nobody offers',
    );
    return started;
  };
  /** As the router makes it. */
  const granted = async () => {
    const made = await world.seed({ to: ['a@far.test'], grant: (record) => offers.grant(record) });
    assert.ok(isGranted(made.record));
    return made;
  };
  /** States that a record went through, in the order of the stream. */
  const statesOf = async (subject: string) => {
    const seen: string[] = [];
    const follow = world.ops.nc.subscribe(subject, {
      callback: (_, message) => void seen.push(message.headers?.get('Pr-State') ?? ''),
    });
    await world.ops.nc.flush();
    return { seen, stop: () => follow.unsubscribe() };
  };
  const epochOf = async (shard: number) => {
    const found = await world.ops.readBack('KV_leases', `$KV.leases.${relayLeases.shard('default', shard)}`);
    return (JSON.parse(Buffer.from(found?.data ?? []).toString()) as { epoch: number }).epoch;
  };

  test('is sent without a claim of the relay: two writes instead of three', async () => {
    mx = await Peer.start();
    await relay();
    const writes = await statesOf('queue.>');
    const stored = await granted();
    const done = await world.until(stored, 'done');
    writes.stop();
    assert.equal(done.attempts, 1);
    assert.equal(done.claim, undefined);
    assert.equal(mx.taken.length, 1);
    assert.deepEqual(writes.seen.slice(-2), ['attempting', 'done']);
  });

  test('a temporary failure, a dead host and a permanent one end as they do for others', async () => {
    mx = await Peer.start({ rcpt: () => '450 4.2.1 not now' });
    await relay();
    const later = await world.until(await granted(), 'deferred');
    assert.deepEqual([later.attempts, later.claim], [1, undefined]);
    mx.script = { rcpt: () => '550 5.1.1 nobody' };
    const stored = await granted();
    await world.until(stored, 'done');
    assert.equal((await world.notifications(stored.record.queueId)).length, 1);
    await world.rest();
    await relay({ hosts: { 'far.test': [{ host: '127.0.0.1', port: 1 }] } });
    const dead = await world.until(await granted(), 'deferred');
    assert.deepEqual([dead.attempts, dead.claim], [1, undefined]);
  });

  test('one that has to wait is anybody’s again after three seconds: a hold and a cancel need not wait with it', async () => {
    let go = (): void => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    mx = await Peer.start({ end: () => held.then(() => '250 ok') });
    await relay({ maxPerDestination: 1 });
    const first = await granted();
    await eventually(() => (mx.taken.length === 1 ? true : 'nothing was sent'));
    const second = await granted();
    const third = await granted();
    await world.until(second, 'ready');
    assert.equal((await operate(deps, 'hold', second.record.queueId, 'x'))[0]?.result, 'changed');
    assert.equal((await cancel(deps, third.record.queueId, 'x'))[0]?.state, 'done');
    // The one that is under attempt is waited for.
    assert.equal((await operate({ ...deps, patience: 200 }, 'hold', first.record.queueId, 'x'))[0]?.result, 'busy');
    go();
    await world.until(first, 'done');
    assert.equal(mx.taken.length, 1);
  });

  test('a relay that drains hands over what waits; the next one sends it at once', async () => {
    let go = (): void => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    mx = await Peer.start({ end: () => held.then(() => '250 ok') });
    const one = await relay({ maxPerDestination: 1 });
    const first = await granted();
    await eventually(() => (mx.taken.length === 1 ? true : 'nothing was sent'));
    const second = await granted();
    await eventually(() => (one.stats().due === 1 ? true : 'it is not here yet'));
    const draining = one.drain();
    await world.until(second, 'ready');
    go();
    await draining;
    assert.equal((await world.stateOf(first)).state, 'done');
    await relay();
    await world.until(second, 'done', 5_000);
    assert.equal(mx.taken.length, 2);
  });

  test('one that comes when its relay has gone, in order, waits for nobody', async () => {
    mx = await Peer.start();
    await relay();
    await world.rest();
    const late = await world.seed({
      to: ['a@far.test'],
      epoch: epochOf,
      record: { state: 'attempting' },
    });
    assert.ok(isGranted(late.record));
    const started = performance.now();
    await relay();
    await world.until(late, 'done');
    assert.ok(performance.now() - started < 8_000, 'it waited for the leases of a relay that gave them up');
    assert.equal(mx.taken.length, 1);
    assert.equal(await world.interrupted(), 0);
  });

  test('a hold, a cancel and a move of one that comes when its relay has gone need no relay', async () => {
    mx = await Peer.start();
    await relay();
    await world.rest();
    const late = () => world.seed({ to: ['a@far.test'], epoch: epochOf, record: { state: 'attempting' } });
    const [held, cancelled, moved] = [await late(), await late(), await late()];
    assert.equal((await operate(deps, 'hold', held.record.queueId, 'x'))[0]?.result, 'changed');
    assert.equal((await world.stateOf(held)).claim, undefined);
    assert.equal((await cancel(deps, cancelled.record.queueId, 'x'))[0]?.state, 'done');
    assert.equal(await moveToPool(world.ops, moved.subject, 'bulk'), 'moved');
    // Of an earlier epoch: its relay was killed, or has said nothing of having stopped.
    const old = await world.seed({
      to: ['a@far.test'],
      epoch: async (shard) => (await epochOf(shard)) - 1,
      record: { state: 'attempting' },
    });
    assert.equal((await operate({ ...deps, patience: 200 }, 'hold', old.record.queueId, 'x'))[0]?.result, 'busy');
    assert.equal(await moveToPool(world.ops, old.subject, 'bulk'), 'busy');
    await relay();
    await world.until(old, 'done');
    assert.equal(mx.taken.length, 1);
  });

  test('a relay that gives its shards up with an outcome unwritten says so: the next one waits for it', async (t) => {
    mx = await Peer.start();
    const one = await relay();
    let write = (): void => {};
    const later = new Promise<void>((resolve) => (write = resolve));
    const publish = world.bus.publish.bind(world.bus);
    const slow = t.mock.method(world.bus, 'publish', async (...all: Parameters<typeof publish>) => {
      if (all[0] === 'QUEUE') await later;
      return publish(...all);
    });
    const stored = await world.seed({
      to: ['a@far.test'],
      grant: (record) => offers.grant(record),
      create: (record) => createQueueRecord(world.ops, record),
    });
    await eventually(() => (mx.taken.length === 1 ? true : 'nothing was sent'));
    await one.drain(100);
    const bus = await connectBus(world.broker, 'mta');
    const spool = await openSpool(bus);
    const services = { tracing: world.tracing, metrics: world.metrics, logger: quiet, events: () => {} };
    const two = await startRelay({ bus, spool, ...services }, { hostname: 'two.postroad.test', ...hosts() });
    try {
      await eventually(() => (two.stats().shards === 16 ? true : 'it has not all shards'));
      await sleep(1_000);
      assert.equal((await world.stateOf(stored)).state, 'attempting');
    } finally {
      write();
      await world.until(stored, 'done').finally(() => slow.mock.restore());
      await two.drain();
      spool.close();
      await bus.close();
    }
    assert.equal(mx.taken.length, 1);
  });

  test('one of an epoch long over is settled first, and counted: it may have been sent', async () => {
    mx = await Peer.start();
    const old = await world.seed({
      to: ['a@far.test'],
      epoch: async (shard) => (await epochOf(shard)) - 3,
      record: { state: 'attempting' },
    });
    const before = await world.interrupted();
    await relay({ leaseTtl: 2_000 });
    const started = performance.now();
    await world.until(old, 'done');
    assert.ok(performance.now() - started > 2_000, 'it was not settled');
    assert.equal(await world.interrupted(), before + 1);
  });

  test('a broker whose configuration is older permits no offers: none are made, nor heard', async (t) => {
    mx = await Peer.start();
    // The mda may not say or hear them, as the mta under an older configuration.
    const bus = await connectBus(world.broker, 'mda');
    const said = t.mock.method(bus.nc, 'publish');
    const heard = Offers.listen(bus);
    const offering = new Offering(bus, { pool: 'default', owner: 'x', epochs: () => ({}), busy: () => 0 });
    offering.run();
    await sleep(1_500);
    assert.ok(said.mock.callCount() <= 2, `${said.mock.callCount()} were said`);
    offering.stop();
    const plain = await world.seed({ to: ['a@far.test'], grant: (record) => heard.grant(record) });
    assert.equal(plain.record.state, 'ready');
    await bus.close();
    await relay();
    await world.until(plain, 'done');
  });
});
