import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ConnectionSlots } from './connection-slots.ts';

test('a destination may grow only while more is free than it has; a first connection is nearly always given', async () => {
  const slots = new ConnectionSlots(10, 3);
  let asked = 0;
  let freed = 0;
  slots.onRefused = () => (asked += 1);
  slots.onFree = () => (freed += 1);
  let own = 0;
  while (slots.take(own)) own += 1;
  assert.equal(own, 5);
  await turn();
  assert.deepEqual([slots.wanted, asked], [true, 1]);
  for (let i = 0; i < 45; i++) assert.ok(slots.take(0));
  assert.equal(slots.take(0), false);
  assert.equal(slots.used, 50);
  slots.untake();
  await turn();
  assert.equal(freed, 0);
  slots.give();
  slots.give();
  await turn();
  assert.deepEqual([freed, slots.wanted, slots.used], [1, false, 47]);
});

test('a host has so many connections of ours and no more', () => {
  const slots = new ConnectionSlots(10, 2);
  assert.deepEqual(
    [slots.takeHost('h'), slots.takeHost('h'), slots.takeHost('h'), slots.takeHost('other')],
    [true, true, false, true],
  );
  slots.giveHost('h');
  assert.equal(slots.takeHost('h'), true);
});
