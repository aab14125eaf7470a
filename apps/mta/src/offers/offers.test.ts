import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SHARDS, shardOf } from '@postroad/bus';
import { queueRecord } from '@postroad/bus/testing';
import { encodeOffer, decodeOffer, MOST_ROOM, OFFER_MS, type Offer } from './offer.ts';
import { Offers } from './offers.ts';

const record = (pool?: string) => queueRecord(pool === undefined ? {} : { pool });
const all = (epoch: number) => Object.fromEntries([...Array(SHARDS).keys()].map((shard) => [shard, epoch]));
const hear = (offers: Offers, offer: Partial<Offer>) =>
  offers.hear(Buffer.from(encodeOffer({ v: 1, pool: 'default', owner: 'a', epochs: all(7), room: 2, ...offer })));

describe('offers of relays', () => {
  test('a fresh record is made for the relay that has its shard, as long as there is room', () => {
    const offers = new Offers();
    const first = record();
    assert.equal(offers.grant(first), first);
    hear(offers, {});
    const granted = offers.grant(first);
    assert.deepEqual([granted.state, granted.attempts, granted.claim?.epoch], ['attempting', 0, 7]);
    assert.equal(offers.grant(record()).state, 'attempting');
    assert.equal(offers.grant(record()).state, 'ready');
    hear(offers, { room: 1 });
    assert.equal(offers.grant(record()).state, 'attempting');
  });

  test('of two relays the one that owns the shard, under its epoch', () => {
    const offers = new Offers();
    const one = record();
    const shard = shardOf(one.queueId);
    hear(offers, { owner: 'a', epochs: { [(shard + 1) % SHARDS]: 3 } });
    assert.equal(offers.grant(one).state, 'ready');
    hear(offers, { owner: 'b', epochs: { [shard]: 4 } });
    assert.equal(offers.grant(one).claim?.epoch, 4);
    // It gives the shard up.
    hear(offers, { owner: 'b', epochs: {} });
    assert.equal(offers.grant(one).state, 'ready');
  });

  test('of the pool that shall send it only', () => {
    const offers = new Offers();
    hear(offers, { pool: 'bulk' });
    assert.equal(offers.grant(record()).state, 'ready');
    assert.equal(offers.grant(record('bulk')).state, 'attempting');
  });

  test('an offer that was not repeated counts no more', (t) => {
    const offers = new Offers();
    hear(offers, {});
    const now = performance.now();
    t.mock.method(performance, 'now', () => now + OFFER_MS + 100);
    assert.equal(offers.grant(record()).state, 'ready');
  });

  test('relays that are gone are not looked through for ever', (t) => {
    const offers = new Offers();
    const now = performance.now();
    const clock = t.mock.method(performance, 'now', () => now);
    for (let i = 0; i < 2_000; i++) hear(offers, { owner: `old-${i}`, epochs: {} });
    clock.mock.mockImplementation(() => now + OFFER_MS + 100);
    hear(offers, { owner: 'new' });
    assert.equal(offers.grant(record()).state, 'attempting');
  });

  test('what is no offer is not heard, and nobody offers without end', () => {
    const bad = [
      '',
      '{}',
      'null',
      '{"v":2,"pool":"default","owner":"a","epochs":{"1":1},"room":1}',
      'x'.repeat(10_000),
    ];
    const wrong: Partial<Record<keyof Offer, unknown>>[] = [
      { epochs: { 99: 1 } },
      { epochs: { 1: 'x' } },
      { epochs: null },
      { pool: 'a.b' },
      { owner: 1 },
      { room: 1.5 },
    ];
    const good = { v: 1, pool: 'default', owner: 'a', epochs: { 1: 1 }, room: 1e9 };
    for (const text of [...bad, ...wrong.map((part) => JSON.stringify({ ...good, ...part }))])
      assert.equal(decodeOffer(Buffer.from(text)), null, text.slice(0, 80));
    assert.equal(decodeOffer(Buffer.from(JSON.stringify(good)))?.room, MOST_ROOM);
  });
});
