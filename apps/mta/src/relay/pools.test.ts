import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, moveToPool, queuePlaceOf, queueRecordsOf, SHARDS } from '@postroad/bus';
import { connectBus, quiet } from '@postroad/bus/testing';
import { openSpool } from '@postroad/spool';
import { Metrics } from '@postroad/telemetry';
import { type Relay, startRelay } from './role.ts';
import type { RelayConfig } from './settings.ts';
import { eventually } from '@postroad/testkit';
import { Peer } from './testing/peer.ts';
import { SHORT_LEASES, World } from './testing/world.ts';

for (const servers of [1, 3] as const)
  describe(`source pools on ${servers} server${servers === 1 ? '' : 's'}`, () => {
    let world: World;
    let bus: Bus;
    let mx: Peer;
    const children: ChildProcess[] = [];
    before(async () => {
      world = await World.open(servers);
      bus = await connectBus(world.broker, 'mta');
    });
    afterEach(async () => {
      await world.rest();
      for (const child of children.splice(0)) child.kill('SIGKILL');
      await mx.stop();
    });
    after(async () => {
      await bus.close();
      await world.close();
    });
    const relay = (pool: string, config: Partial<RelayConfig> = {}) =>
      world.relay({ pool, hostname: `${pool}.postroad.test`, hosts: { 'far.test': mx.hosts }, ...config });
    const holds = (one: Relay, shards: number) =>
      eventually(() => (one.stats().shards === shards ? true : `${one.stats().shards} shards`));

    test('each relay sends what is of its pool, under its own name, and nothing else', async () => {
      mx = await Peer.start();
      const waiting = await world.seed({ to: ['early@far.test'], record: { pool: 'bulk' } });
      assert.match(waiting.subject, /^queue\.bulk~\d+\./);
      await relay('default');
      await world.until(await world.seed({ to: ['plain@far.test'] }), 'done');
      await sleep(1_500);
      assert.equal((await world.stateOf(waiting)).state, 'ready', 'a relay of another pool took it');
      assert.deepEqual([...mx.names], ['default.postroad.test']);
      mx.names.clear();
      await relay('bulk');
      await world.until(waiting, 'done');
      await world.until(await world.seed({ to: ['late@far.test'], record: { pool: 'bulk' } }), 'done');
      assert.deepEqual([...mx.names], ['bulk.postroad.test']);
      assert.equal(mx.taken.length, 3);
      const text = await world.metrics.render();
      assert.match(text, /relay_recipients_total\{pool="bulk",outcome="relayed",status="2\.0"\} 2/);
      assert.match(
        text,
        /relay_destination_recipients_total\{pool="bulk",destination="far\.test",outcome="relayed"\} 2/,
      );
      assert.match(text, /relay_connects_total\{pool="default",outcome="plain"\} 1/);
    });

    test('records move to another pool, once, whatever was interrupted; attempts are let be', async () => {
      mx = await Peer.start();
      const [first] = await Promise.all(
        Array.from({ length: 30 }, (_, i) => world.seed({ to: [`m${i}@far.test`], record: { pool: 'gone' } })),
      );
      assert.ok(first);
      const busy = await world.seed({ to: ['x@far.test'], record: { pool: 'gone', state: 'attempting' } });
      assert.equal(await moveToPool(bus, busy.subject, 'default'), 'busy');
      assert.equal(await moveToPool(bus, first.subject, 'gone'), 'unchanged');
      const { state } = await world.ops.jsm.streams.info('QUEUE', { subjects_filter: 'queue.>' });
      const all = Object.keys(state.subjects ?? {}).filter(
        (subject) => queuePlaceOf(subject).pool === 'gone' && subject !== busy.subject,
      );
      assert.equal(all.length, 30);
      // Two operators at once: whoever wrote first has won, and nothing is there twice. Who lost too often asks again.
      const twice = () => Promise.all([...all, ...all].map((subject) => moveToPool(bus, subject, 'bulk')));
      assert.ok((await twice()).includes('moved'));
      await eventually(async () => (new Set(await twice()).has('busy') ? 'busy' : true));
      assert.deepEqual(new Set(await twice()), new Set(['unchanged']));
      // There and back again, and to a third one.
      assert.equal(await moveToPool(bus, first.subject.replace('gone~', 'bulk~'), 'gone'), 'moved');
      assert.equal(await moveToPool(bus, first.subject, 'bulk'), 'moved');
      await relay('bulk');
      await eventually(() => (mx.taken.length >= 30 ? true : `${mx.taken.length} sent`));
      await eventually(async () => {
        const records = await queueRecordsOf(bus, first.record.queueId);
        return records.length === 2 && records.every(({ record }) => record.state === 'done') ? true : 'open';
      });
      await sleep(300);
      assert.equal(new Set(mx.taken.flatMap(({ rcpt }) => rcpt)).size, 30);
      assert.equal(mx.taken.length, 30);
      assert.deepEqual([...mx.names], ['bulk.postroad.test']);
    });

    test('two relays of one pool beside another pool: every message once', async () => {
      mx = await Peer.start();
      await relay('default');
      const spool = await openSpool(bus);
      const second = await startRelay(
        { bus, spool, logger: quiet, events: () => {}, tracing: world.tracing, metrics: new Metrics() },
        { hostname: 'second.postroad.test', pool: 'bulk', hosts: { 'far.test': mx.hosts } },
      );
      await relay('bulk');
      const seeded = [];
      for (let i = 0; i < 60; i++) {
        seeded.push(await world.seed({ to: [`n${i}@far.test`], record: i % 2 === 0 ? { pool: 'bulk' } : {} }));
        if (i === 30) await second.drain();
      }
      await Promise.all(seeded.map((each) => world.until(each, 'done')));
      assert.equal(mx.taken.length, 60);
      spool.close();
    });

    // The last one: the presence of the killed one lasts longer than it does.
    test('shards are shared inside a pool only; who is killed is followed by its own pool', async () => {
      mx = await Peer.start({ end: () => '451 4.3.0 not now' });
      const child = spawn(process.execPath, [new URL('testing/relay-process.ts', import.meta.url).pathname], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          ...process.env,
          RELAY: JSON.stringify({
            ...{ servers: world.broker.servers, monitors: world.broker.monitors, pool: 'bulk' },
            hosts: { 'far.test': mx.hosts },
          }),
        },
      });
      children.push(child);
      const stored = await world.seed({ to: ['a@far.test'], record: { pool: 'bulk' } });
      await world.until(stored, 'deferred');
      const other = await relay('default');
      const same = await relay('bulk', SHORT_LEASES);
      await holds(other, SHARDS);
      await holds(same, SHARDS / 2);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await holds(same, SHARDS);
      assert.equal(other.stats().shards, SHARDS);
      mx.script = {};
      mx.names.clear();
      const after = await world.seed({ to: ['b@far.test'], record: { pool: 'bulk' } });
      await world.until(after, 'done');
      assert.deepEqual([...mx.names], ['bulk.postroad.test']);
    });
  });
