import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sequenced } from './sequenced.ts';

function items(finished: string): Sequenced<number> {
  const sequenced = new Sequenced<number>();
  [...finished].forEach((state, i) => {
    sequenced.put(i, (i + 1) * 10);
    if (state === 'x') sequenced.finish(i, 0);
  });
  return sequenced;
}

test('a run of finished items goes in one stroke, up to the first that is not', () => {
  const sequenced = items('xxx-x');
  const taken: number[] = [];
  assert.equal(
    sequenced.takeRun((key) => taken.push(key)),
    40,
  );
  assert.deepEqual(taken, [0, 1, 2]);
  assert.equal(sequenced.takeRun(), 0);
  assert.equal(items('xx').takeRun(), 21);
  assert.equal(items('--x').takeRun(), 0);
});

test('finished items wherever they stand go singly, when it was long enough ago', () => {
  const sequenced = items('-xx');
  assert.deepEqual(sequenced.takeStragglers(4_000, 5_000, 10), []);
  assert.deepEqual(sequenced.takeStragglers(6_000, 5_000, 1), [{ key: 1, seq: 20 }]);
  assert.deepEqual(sequenced.takeStragglers(6_000, 5_000, 10), [{ key: 2, seq: 30 }]);
  assert.equal(sequenced.size, 1);
});
