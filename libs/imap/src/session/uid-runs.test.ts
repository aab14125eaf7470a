import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { SharedRuns } from './shared-runs.ts';
import { UidRuns } from './uid-runs.ts';

const uids = fc
  .uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 80 })
  .map((list) => list.sort((a, b) => a - b));

const all = (runs: UidRuns): number[] => runs.uidsIn([{ first: 1, last: 0xffffffff }]);

test('runs number messages as a list of their UIDs would (IMAP-VIEW-2)', () => {
  fc.assert(
    fc.property(
      uids,
      uids,
      fc.integer({ min: 1, max: 310 }),
      fc.integer({ min: 0, max: 310 }),
      (list, picked, a, b) => {
        const runs = UidRuns.of(list);
        assert.equal(runs.count, list.length);
        assert.equal(runs.last, list.at(-1) ?? 0);
        for (let uid = 0; uid < 305; uid++) {
          assert.equal(runs.sequence(uid), list.indexOf(uid) + 1);
          assert.equal(runs.countBelow(uid), list.filter((one) => one < uid).length);
        }
        list.forEach((uid, i) => assert.equal(runs.uidAt(i + 1), uid));
        const range = { first: Math.min(a, b), last: Math.max(a, b) };
        const inside = list.filter((uid) => uid >= range.first && uid <= range.last);
        assert.deepEqual(runs.uidsIn([range]), inside);
        assert.equal(runs.countIn(range), inside.length);
        const missing = runs.missingIn([range]).flatMap(({ first, last }) => span(first, last));
        assert.deepEqual(
          missing,
          span(range.first, range.last).filter((uid) => !list.includes(uid)),
        );
        const gone = list.filter((uid) => picked.includes(uid));
        assert.deepEqual(
          all(runs.without(gone)),
          list.filter((uid) => !gone.includes(uid)),
        );
        const more = picked.map((uid) => uid + 300);
        assert.deepEqual(all(runs.with(more)), [...list, ...more]);
      },
    ),
    { numRuns: 300 },
  );
});

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

test('a mailbox without gaps is one run, one with gaps is shared by those that see the same of it (IMAP-VIEW-2)', () => {
  assert.equal(UidRuns.of(span(1, 200_000)).runs, 1);
  const shared = new SharedRuns();
  const gaps = span(1, 1000).map((n) => n * 2);
  const first = shared.share(1, 5, 1000, () => UidRuns.of(gaps));
  assert.equal(
    shared.share(1, 5, 1000, () => assert.fail('made again')),
    first,
  );
  assert.notEqual(
    shared.share(1, 6, 1000, () => UidRuns.of(gaps)),
    first,
  );
  assert.notEqual(
    shared.share(2, 5, 1000, () => UidRuns.of(gaps)),
    first,
  );
});

test('a mailbox of 200,000 messages: runs are made, scattered UIDs taken out, in no time (IMAP-VIEW-2)', () => {
  const list = Uint32Array.from({ length: 200_000 }, (_, i) => i * 2 + 1);
  // µs of this thread alone: what else the machine does is not counted.
  const started = process.threadCpuUsage();
  const runs = UidRuns.of(list);
  const gone = list.filter((_, i) => i % 3 === 0);
  assert.equal(runs.without(gone).count, 200_000 - gone.length);
  assert.ok(process.threadCpuUsage(started).user < 1_000_000);
});
