import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fifo } from './fifo.ts';

test('behaves as an array does', () => {
  const step = fc.oneof(
    fc.integer().map((n) => ({ push: n })),
    fc.integer().map((n) => ({ unshift: n })),
    fc.constant('shift' as const),
    fc.constant('extract' as const),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      for (const each of steps) {
        if (each === 'shift') assert.equal(fifo.shift(), model.shift());
        else if (each === 'extract') {
          assert.deepEqual(
            fifo.extract((n) => n % 2 === 0),
            model.filter((n) => n % 2 === 0),
          );
          model = model.filter((n) => n % 2 !== 0);
        } else if ('push' in each) {
          fifo.push(each.push);
          model.push(each.push);
        } else {
          fifo.unshift(each.unshift);
          model.unshift(each.unshift);
        }
        assert.equal(fifo.length, model.length);
      }
      assert.deepEqual(
        fifo.extract(() => true),
        model,
      );
    }),
  );
});
