import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RateLimit } from './rate-limit.ts';

suite('rate limit', () => {
  test('lets the limit through, then tells the seconds to wait', () => {
    let now = 0;
    const limit = new RateLimit(3, 60_000, 100, () => now);
    assert.deepEqual(
      [1, 2, 3].map(() => limit.take('a')),
      [0, 0, 0],
    );
    now = 10_000;
    assert.equal(limit.take('a'), 50);
    assert.equal(limit.take('b'), 0);
    now = 60_000;
    assert.equal(limit.take('a'), 0);
  });

  test('forgets a key', () => {
    const limit = new RateLimit(1, 60_000);
    limit.take('a');
    assert.notEqual(limit.take('a'), 0);
    limit.forget('a');
    assert.equal(limit.take('a'), 0);
  });

  test('keeps a bounded number of keys, the newest', () => {
    let now = 0;
    const limit = new RateLimit(1, 60_000, 3, () => now);
    for (const key of ['a', 'b', 'c', 'd']) {
      limit.take(key);
      now += 1;
    }
    assert.notEqual(limit.take('d'), 0);
    assert.equal(limit.take('a'), 0);
  });
});
