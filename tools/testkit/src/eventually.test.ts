import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, eventuallyHolds } from './eventually.ts';

test('what comes late is waited for, also through errors', async () => {
  let asked = 0;
  const found = await eventually(() => {
    if (++asked === 1) throw new Error('not there');
    return asked < 3 ? 'not yet' : asked;
  });
  assert.equal(found, 3);
});

test('what never comes fails with the last complaint', async () => {
  await assert.rejects(
    eventually(() => 'still nothing', 30),
    /not within 30 ms: still nothing/,
  );
  await assert.rejects(
    eventuallyHolds(() => assert.equal(1, 2), 30),
    /Expected values to be strictly equal/,
  );
});
