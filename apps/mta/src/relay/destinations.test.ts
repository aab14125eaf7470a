import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, freePorts } from '@postroad/testkit';
import { NameServer } from './testing/dns.ts';
import { Peer, type PeerScript } from './testing/peer.ts';
import { World } from './testing/world.ts';

describe('destinations', () => {
  let world: World;
  const peers: Peer[] = [];
  const peer = async (script: PeerScript = {}, port = 0) => {
    const made = await Peer.start(script, port);
    peers.push(made);
    return made;
  };
  before(async () => (world = await World.open()));
  afterEach(async () => {
    await world.rest();
    await Promise.all(peers.splice(0).map((each) => each.stop()));
    await world.ops.jsm.streams.purge('QUEUE');
  });
  after(() => world.close());
  const many = (count: number, domain: string) =>
    Promise.all(Array.from({ length: count }, (_, i) => world.seed({ to: [`u${i}@${domain}`] })));

  test('five hundred messages for a dead host cost few connections and delay nobody', async () => {
    // Takes connections and drops them: what a dead host does, but countable.
    const dead = await peer({ greeting: '421 4.3.2 overloaded' });
    const good = await peer();
    const waiting = await many(500, 'dead.test');
    const began = performance.now();
    await world.relay({
      hosts: { 'dead.test': dead.hosts, 'good.test': good.hosts },
      unreachableFirst: 400,
      unreachableLongest: 800,
      retryFirst: 400,
      retryLongest: 800,
    });
    await world.until(waiting[499] ?? (await world.seed({ to: ['x@y.test'] })), 'deferred');
    // Best of three: who has to wait for the dead host waits each time, who meets a stall of the machine does not.
    let quickest = Infinity;
    for (let tries = 0; tries < 3 && quickest >= 3_000; tries++) {
      const start = performance.now();
      const quick = await many(50, 'good.test');
      await Promise.all(quick.map((each) => world.until(each, 'done')));
      quickest = Math.min(quickest, performance.now() - start);
    }
    assert.ok(quickest < 3_000, `${quickest} ms`);
    const all = await eventually(() => {
      const stats = waiting.length - world.events.filter((event) => event.step === 'deferred').length;
      return stats <= 0 ? true : `${stats} are not put off`;
    });
    assert.ok(all);
    await sleep(1_500);
    await eventually(() => dead.connections >= 2 || 'it is not tried again');
    // The shortest pause is half of 400 ms: however long all this took, so many could be.
    const may = 1 + (performance.now() - began) / 200;
    assert.ok(dead.connections <= may, `${dead.connections} connections, ${may} may be`);
    const one = await world.stateOf(waiting[250] ?? fail());
    assert.equal(one.lastStatus?.diagnostic, '421 4.3.2 overloaded');
  });

  test('when the host is back, what waited goes out', async () => {
    const [port = 0] = await freePorts(1);
    const waiting = await many(40, 'down.test');
    await world.relay({
      hosts: { 'down.test': [{ host: '127.0.0.1', port }] },
      unreachableFirst: 300,
      unreachableLongest: 300,
      retryFirst: 300,
      retryLongest: 300,
    });
    const first = await world.until(waiting[0] ?? fail(), 'deferred');
    assert.equal(first.lastStatus?.status, '4.4.1');
    await peer({}, port);
    await Promise.all(waiting.map((each) => world.until(each, 'done')));
  });

  test('slow destinations that hold every connection do not keep others waiting', async () => {
    let go = (): void => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    const slow = await peer({ end: () => held.then(() => '250 ok') });
    const good = await peer();
    const names = ['s1.test', 's2.test', 's3.test'];
    await world.relay({
      hosts: { ...Object.fromEntries(names.map((name) => [name, slow.hosts])), 'good.test': good.hosts },
      maxConnections: 4,
    });
    const stuck = (await Promise.all(names.map((name) => many(5, name)))).flat();
    await eventually(() => (slow.taken.length >= 3 ? true : `${slow.taken.length} are stuck`));
    await Promise.all((await many(10, 'good.test')).map((each) => world.until(each, 'done')));
    go();
    await Promise.all(stuck.map((each) => world.until(each, 'done')));
  });

  test('a peer that wants fewer connections gets fewer, and all the mail', async () => {
    const modest: Peer = await peer({ end: () => sleep(15).then(() => '250 ok') });
    Object.defineProperty(modest, 'script', {
      get: () => ({
        greeting: modest.open > 3 ? '421 4.7.0 too many' : '220 hi',
        end: () => sleep(15).then(() => '250 ok'),
      }),
    });
    await world.relay({ hosts: { 'modest.test': modest.hosts } });
    const all = await many(60, 'modest.test');
    await Promise.all(all.map((each) => world.until(each, 'done')));
    assert.equal(modest.taken.length, 60);
  });

  test('two domains on one host: the host gets no more connections than one may', async () => {
    const shared = await peer({ end: () => sleep(10).then(() => '250 ok') });
    await world.relay({ hosts: { 'one.test': shared.hosts, 'two.test': shared.hosts }, maxPerDestination: 3 });
    const all = (await Promise.all(['one.test', 'two.test'].map((name) => many(40, name)))).flat();
    await Promise.all(all.map((each) => world.until(each, 'done')));
    assert.ok(shared.mostOpen <= 4, `${shared.mostOpen}`);
  });

  test('looked up for real: the second host when the first is dead; no such domain fails; literals', async () => {
    const mx = await peer();
    const dns = await NameServer.start({
      'far.test': {
        mx: [
          [10, 'dead.far.test'],
          [20, 'live.far.test'],
        ],
      },
      'dead.far.test': { a: ['127.0.0.2'] },
      'live.far.test': { a: ['127.0.0.1'] },
    });
    try {
      await world.relay({ resolver: [dns.address], port: mx.port, allowLoopback: true });
      await world.until(await world.seed({ to: ['a@far.test'] }), 'done');
      await world.until(await world.seed({ to: ['a@[127.0.0.1]'] }), 'done');
      assert.equal(mx.taken.length, 2);
      const nowhere = await world.seed({ to: ['a@nowhere.test'] });
      await world.until(nowhere, 'done');
      assert.match((await world.notifications(nowhere.record.queueId))[0]?.text ?? '', /Status: 5\.1\.2/);
      assert.equal(
        world.events.findLast((event) => event.step === 'relayed' && event.recipients?.[0] === 'a@far.test')?.host,
        'live.far.test[127.0.0.1]',
      );
    } finally {
      dns.stop();
    }
  });

  test('a smart host takes mail for every domain over shared connections; no password without TLS', async () => {
    const smart = await peer({ offers: ['PIPELINING', 'AUTH PLAIN'] });
    const smartHost = { host: '127.0.0.1', port: smart.port };
    // Connections that rest are kept, whatever the machine does meanwhile.
    await world.relay({ smartHost, maxPerDestination: 2, timeouts: { idle: 60_000 } });
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => world.seed({ to: [`a@d${i}.test`] })));
    await Promise.all(all.map((each) => world.until(each, 'done')));
    assert.ok(smart.connections <= 2, `${smart.connections}`);
    await world.rest();
    await world.relay({ smartHost: { ...smartHost, user: 'u', pass: 'p' } });
    const refused = await world.until(await world.seed({ to: ['a@d.test'] }), 'deferred');
    assert.match(refused.lastStatus?.diagnostic ?? '', /no password is sent/);
    assert.equal(smart.verbs.includes('AUTH'), false);
  });
});

function fail(): never {
  throw new Error('nothing was seeded');
}
