import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Peer } from './testing/peer.ts';
import { World } from './testing/world.ts';

let world: World;
let mx: Peer;
before(async () => {
  world = await World.open();
  mx = await Peer.start({ end: () => sleep(5).then(() => '250 ok') });
});
after(async () => {
  await world.close();
  await mx.stop();
});

test(
  'the broker is killed while messages are on their way: each arrives, and none twice',
  { timeout: 110_000 },
  async () => {
    const seeded = await Promise.all(Array.from({ length: 600 }, (_, i) => world.seed({ to: [`u${i}@far.test`] })));
    await world.relay({ hosts: { 'far.test': mx.hosts }, maxPerDestination: 5 });
    while (mx.taken.length < 100) await sleep(5);
    await world.broker.kill(0);
    await sleep(500);
    world.broker.launch(0);
    await world.broker.ready();
    for (const stored of seeded) await world.until(stored, 'done', 60_000);
    // Outcomes that could not be written are tried until they can: the same process knows what it has sent.
    assert.equal(new Set(mx.taken.map((taken) => taken.rcpt[0])).size, 600);
    assert.equal(mx.taken.length, 600);
  },
);
