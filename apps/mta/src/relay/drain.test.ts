import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDS } from '@postroad/bus';
import { eventually } from '@postroad/testkit';
import { Peer } from './testing/peer.ts';
import { World } from './testing/world.ts';

let world: World;
let mx: Peer;
before(async () => {
  world = await World.open();
  mx = await Peer.start();
});
after(async () => {
  await world.close();
  await mx.stop();
});

/** A record whose transaction waits for the peer's last reply. */
async function underWay() {
  const before = mx.verbs.length;
  const stored = await world.seed({ to: ['x@far.test'] });
  await eventually(() => (mx.verbs.slice(before).includes('DATA') ? true : `${mx.verbs.slice(before).join(' ')}`));
  return stored;
}

test('drain: an attempt under way ends well', async () => {
  mx.script = { end: () => sleep(600).then(() => '250 ok') };
  const relay = await world.relay({ hosts: { 'far.test': mx.hosts } });
  const stored = await underWay();
  await relay.drain(30_000);
  assert.equal((await world.stateOf(stored)).state, 'done');
});

test('drain: an attempt that does not end is cut and written down; another process takes everything at once', async () => {
  mx.script = { end: () => sleep(60_000, null, { ref: false }) };
  const relay = await world.relay({ hosts: { 'far.test': mx.hosts }, leaseTtl: 60_000 });
  const stored = await underWay();
  const since = performance.now();
  await relay.drain(300);
  assert.ok(performance.now() - since < 8_000, `${performance.now() - since}`);
  assert.equal((await world.stateOf(stored)).state, 'deferred');
  const next = await world.relay({ hosts: { 'far.test': mx.hosts }, leaseTtl: 60_000 });
  // Leases that were not given back would be free after a minute.
  await eventually(() => (next.stats().shards === SHARDS ? true : `${next.stats().shards}`));
});
