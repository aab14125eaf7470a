import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { moveQueueRecord, SHARDS } from '@postroad/bus';
import { connectBus, quiet } from '@postroad/bus/testing';
import { openSpool } from '@postroad/spool';
import { Metrics } from '@postroad/telemetry';
import { startRelay } from './role.ts';
import { eventually } from '@postroad/testkit';
import { Peer } from './testing/peer.ts';
import { SHORT_LEASES, World } from './testing/world.ts';

describe('shards of the queue', () => {
  let world: World;
  const peers: Peer[] = [];
  const children: ChildProcess[] = [];
  before(async () => (world = await World.open()));
  afterEach(async () => {
    await world.rest();
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(peers.splice(0).map((each) => each.stop()));
  });
  after(() => world.close());

  test('one process takes all at once; a second one gets half; when it goes, the first takes all again', async () => {
    const first = await world.relay();
    await eventually(() => (first.stats().shards === SHARDS ? true : `${first.stats().shards}`));
    const bus = await connectBus(world.broker, 'mta');
    const spool = await openSpool(bus);
    const second = await startRelay(
      { bus, spool, logger: quiet, events: () => {}, tracing: world.tracing, metrics: new Metrics() },
      { hostname: 'relay2.postroad.test' },
    );
    await eventually(() =>
      second.stats().shards === SHARDS / 2 && first.stats().shards === SHARDS / 2
        ? true
        : `${first.stats().shards} and ${second.stats().shards}`,
    );
    await second.drain();
    await eventually(() => (first.stats().shards === SHARDS ? true : `${first.stats().shards}`));
    spool.close();
    await bus.close();
  });

  test('two processes whose names have the same slot of presence still get half each', async () => {
    const slot = (name: string) => createHash('sha256').update(name).digest().readUInt32BE() % 64;
    const [one = '', two = ''] = Array.from({ length: 10_000 }, (_, i) => `p${i}`).filter((name) => slot(name) === 7);
    const first = await world.relay({ instance: one });
    await eventually(() => (first.stats().shards === SHARDS ? true : `${first.stats().shards}`));
    const second = await world.relay({ instance: two });
    await eventually(() =>
      second.stats().shards === SHARDS / 2 && first.stats().shards === SHARDS / 2
        ? true
        : `${first.stats().shards} and ${second.stats().shards}`,
    );
  });

  test('shards change hands at once, however long the leases are', async () => {
    // Counts are 60 s apart and looks at a lease 30 s: only what is heard can be so fast.
    const leaseTtl = 120_000;
    const first = await world.relay({ leaseTtl });
    await eventually(() => (first.stats().shards === SHARDS ? true : `${first.stats().shards}`));
    const second = await world.relay({ leaseTtl });
    const since = performance.now();
    await eventually(() => (second.stats().shards === SHARDS / 2 ? true : `${second.stats().shards}`));
    await first.drain();
    await eventually(() => (second.stats().shards === SHARDS ? true : `${second.stats().shards}`));
    assert.ok(performance.now() - since < 25_000, `${performance.now() - since} ms`);
  });

  test('two processes send every message once, while shards change hands', async () => {
    const mx = await Peer.start();
    peers.push(mx);
    const hosts = { 'far.test': mx.hosts };
    await world.relay({ hosts });
    const seeded = [];
    const bus = await connectBus(world.broker, 'mta');
    const spool = await openSpool(bus);
    let second;
    for (let round = 0; round < 20; round++) {
      seeded.push(
        ...(await Promise.all(Array.from({ length: 20 }, (_, i) => world.seed({ to: [`r${round}n${i}@far.test`] })))),
      );
      if (round === 5)
        second = await startRelay(
          { bus, spool, logger: quiet, events: () => {}, tracing: world.tracing, metrics: new Metrics() },
          { hostname: 'relay2.postroad.test', hosts },
        );
      if (round === 15) await second?.drain();
      await sleep(80);
    }
    await Promise.all(seeded.map((each) => world.until(each, 'done', 30_000)));
    assert.equal(mx.taken.length, 400);
    assert.equal(new Set(mx.taken.map((each) => each.rcpt[0])).size, 400);
    spool.close();
    await bus.close();
  });

  test('whoever finds its record moved by another lets it be', async () => {
    let go = (): void => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    const mx = await Peer.start({ end: () => held.then(() => '250 ok') });
    peers.push(mx);
    await world.relay({ hosts: { 'far.test': mx.hosts } });
    const stored = await world.seed({ to: ['a@far.test'] });
    await eventually(() => (mx.taken.length === 1 ? true : 'nothing was sent'));
    const claimed = await world.stateOf(stored);
    assert.equal(claimed.state, 'attempting');
    const info = await world.bus.readBack('QUEUE', stored.subject);
    await moveQueueRecord(
      world.bus,
      { ...stored, seq: info?.seq ?? 0 },
      { ...claimed, state: 'held', heldBecause: 'taken over' },
    );
    go();
    await sleep(300);
    assert.equal((await world.stateOf(stored)).heldBecause, 'taken over');
  });

  // The last one: its presence lasts longer than it does.
  test('a process killed between claim and outcome: the message arrives, at most one of them twice', async () => {
    const answered = Promise.withResolvers<string>();
    let calls = 0;
    const mx = await Peer.start({
      // The first one is taken, and its sender dies before it hears so.
      end: () => (++calls === 1 ? answered.promise : '250 ok'),
    });
    peers.push(mx);
    const stored = await world.seed({ to: ['a@far.test'] });
    const child = spawn(process.execPath, [new URL('testing/relay-process.ts', import.meta.url).pathname], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        RELAY: JSON.stringify({
          servers: world.broker.servers,
          monitors: world.broker.monitors,
          hosts: { 'far.test': mx.hosts },
        }),
      },
    });
    children.push(child);
    await eventually(() => (mx.taken.length === 1 ? true : 'nothing was sent'));
    assert.equal((await world.stateOf(stored)).state, 'attempting');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const since = Date.now();
    await world.relay({ ...SHORT_LEASES, hosts: { 'far.test': mx.hosts } });
    const done = await world.until(stored, 'done');
    assert.ok(Date.now() - since > 1_000, 'the lease was over');
    assert.equal(done.attempts, 2);
    assert.equal(mx.taken.length, 2);
    assert.match(await world.metrics.render(), /postroad_relay_interrupted_total 1/);
    answered.resolve('250 ok');
  });
});
