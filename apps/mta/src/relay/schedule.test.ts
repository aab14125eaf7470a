import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { type Entry, Schedule, type Seen } from './schedule.ts';

const subject = 'queue.3.01hzzzzzzzzzzzzzzzzzzzzzzz.far/test.0';
const seen = (seq: number, state: Seen['state'], dueAt = 0): Seen => ({ subject, seq, state, dueAt, record: null });

// Time passes only when it is told to.
mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
const wait = (ms: number) => mock.timers.tick(ms);

/** A schedule, and what became due. */
function scheduled(): { schedule: Schedule; due: Entry[] } {
  const due: Entry[] = [];
  return { schedule: new Schedule((entry) => void due.push(entry)), due };
}

test('an entry is due once, at its time, and not while it is worked on', () => {
  const { schedule, due } = scheduled();
  schedule.observe(seen(1, 'deferred', Date.now() + 60));
  wait(59);
  assert.equal(due.length, 0);
  wait(1);
  assert.deepEqual([due.length, due[0]?.shard, due[0]?.domain, schedule.busy(3)], [1, 3, 'far.test', 1]);
  schedule.observe(seen(2, 'deferred', 0));
  wait(20);
  assert.equal(due.length, 1);
  schedule.leave(due[0] as Entry, null);
  wait(20);
  assert.deepEqual([due.length, due[1]?.seq], [2, 2]);
  schedule.stop();
});

test('our own writes come back in any order without effect', () => {
  const { schedule, due } = scheduled();
  schedule.observe(seen(1, 'ready'));
  wait(20);
  const [entry] = due as [Entry];
  entry.seq = 2;
  schedule.leave(entry, { seq: 3, state: 'done', dueAt: 0, record: null });
  assert.equal(schedule.stats(Date.now()).states.done, 1);
  schedule.observe(seen(2, 'attempting'));
  schedule.observe(seen(3, 'done'));
  wait(20);
  assert.deepEqual([due.length, schedule.owns(entry), schedule.busy(3)], [1, false, 0]);
  assert.deepEqual(schedule.stats(Date.now()).states, { ready: 0, attempting: 0, deferred: 0, held: 0, done: 0 });
  schedule.stop();
});

test('a final write the stream never showed is forgotten when the stream has passed it', () => {
  const { schedule, due } = scheduled();
  schedule.observe(seen(1, 'ready'));
  wait(20);
  const [entry] = due as [Entry];
  schedule.leave(entry, { seq: 3, state: 'done', dueAt: 0, record: null });
  schedule.sweep(new Set([3]), 2);
  assert.equal(schedule.owns(entry), true);
  schedule.sweep(new Set([3]), 3);
  assert.equal(schedule.owns(entry), false);
  schedule.stop();
});

test('an operator’s move during the work counts afterwards; a shard that is lost is forgotten', () => {
  const { schedule, due } = scheduled();
  schedule.observe(seen(1, 'ready'));
  wait(20);
  schedule.observe(seen(5, 'held'));
  schedule.leave(due[0] as Entry, { seq: 3, state: 'deferred', dueAt: 0, record: null });
  wait(20);
  assert.equal(due.length, 1);
  assert.equal(schedule.stats(Date.now()).states.held, 1);
  schedule.forgetShard(3);
  assert.equal(schedule.stats(Date.now()).states.held, 0);
  schedule.stop();
});

test('tells how much is due and since when', () => {
  const { schedule } = scheduled();
  schedule.observe(seen(1, 'deferred', 1_000));
  schedule.observe({ ...seen(2, 'deferred', 9_000), subject: `${subject}1` });
  const { due, oldestDueMs, states } = schedule.stats(5_000);
  assert.deepEqual([due, oldestDueMs, states.deferred], [1, 4_000, 2]);
  schedule.stop();
});
