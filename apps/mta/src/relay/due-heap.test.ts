import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DueHeap } from './due-heap.ts';

test('whatever goes in comes out by time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000 })), (times) => {
      const heap = new DueHeap<number>();
      for (const [i, at] of times.entries()) heap.push(at, i);
      const out: number[] = [];
      for (let popped = heap.pop(); popped !== undefined; popped = heap.pop()) {
        assert.equal(times[popped.item], popped.at);
        out.push(popped.at);
      }
      assert.deepEqual(
        out,
        [...times].sort((a, b) => a - b),
      );
      assert.equal(heap.next, Infinity);
    }),
  );
});
