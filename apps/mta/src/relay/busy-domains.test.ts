import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BusyDomains } from './busy-domains.ts';

const named = (busy: BusyDomains) => new Set([...busy.read()].map(({ destination }) => destination));
const total = (busy: BusyDomains, wanted: string) =>
  [...busy.read()].filter(({ destination }) => destination === wanted).reduce((sum, { value }) => sum + value, 0);

test('fifty domains have names, whoever else comes is counted as other', () => {
  const busy = new BusyDomains();
  for (let i = 0; i < 10_000; i++) busy.count(`d${i}.test`, 'relayed', 1);
  assert.equal(named(busy).size, 51);
  assert.equal(total(busy, 'other'), 9_950);
  assert.equal(total(busy, 'd0.test'), 1);
});

test('a domain that gets busy later takes the place of the quietest, and keeps it', () => {
  const busy = new BusyDomains();
  for (let i = 0; i < 50; i++) busy.count(`d${i}.test`, 'relayed', i + 1);
  for (let i = 0; i < 5; i++) busy.count('late.test', 'deferred', 1);
  assert.ok(named(busy).has('late.test'));
  assert.ok(!named(busy).has('d0.test'));
  for (let i = 0; i < 5_000; i++) busy.count(`once${i}.test`, 'failed', 1);
  assert.ok(named(busy).has('late.test'));
  assert.equal(named(busy).size, 51);
});

test('what is no name in A-label form has no series of its own', () => {
  const busy = new BusyDomains();
  for (const odd of [
    '[192.0.2.1]',
    '',
    'other',
    'localhost',
    'a b.test',
    'münchen.test',
    `${'a'.repeat(64)}.test`,
    '-a.test',
  ])
    busy.count(odd, 'failed', 1);
  assert.deepEqual(named(busy), new Set(['other']));
  assert.equal(total(busy, 'other'), 8);
});
