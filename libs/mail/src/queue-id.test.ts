import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { isQueueId, makeQueueId, queueIdTime } from './queue-id.ts';

test('a queue id gives back its time, and ids sort by it', () => {
  const early = makeQueueId(1_700_000_000_000, randomBytes(10));
  const late = makeQueueId(1_700_000_000_001, randomBytes(10));
  assert.equal(queueIdTime(early), 1_700_000_000_000);
  assert.ok(early < late);
});

test('every made id has the form; other strings do not', () => {
  for (let i = 0; i < 500; i++) assert.ok(isQueueId(makeQueueId(Date.now(), randomBytes(10))));
  for (const bad of [
    '',
    'x',
    '0'.repeat(25),
    '0'.repeat(27),
    `${'0'.repeat(25)}.`,
    `${'0'.repeat(25)}u`,
    '8' + '0'.repeat(25),
  ])
    assert.ok(!isQueueId(bad), bad);
});

test('all 80 bits of the entropy reach the id', () => {
  const base = makeQueueId(0, new Uint8Array(10));
  for (let bit = 0; bit < 80; bit++) {
    const entropy = new Uint8Array(10);
    entropy[bit >> 3] = 1 << (bit & 7);
    assert.notEqual(makeQueueId(0, entropy), base);
  }
});
