import { randomBytes } from 'node:crypto';
import type { Bus } from './bus.ts';
import { Conflict, UnknownVersion } from './errors.ts';
import { createQueueRecord, moveQueueRecord, readQueueRecord, type StoredRecord, unattempted } from './queue.ts';
import type { QueueRecord } from './records.ts';
import { DEFAULT_POOL, subjects } from './subjects.ts';

/** What came of it. `busy`: an attempt is under way; `unreadable`: a version not known here; `unchanged`: nothing to move. */
export type PoolMove = 'moved' | 'busy' | 'unreadable' | 'unchanged';

/** Races lost until it is said to be busy. */
const TRIES = 5;

/**
 * Brings a queue record to another source pool, in three compare-and-set writes: it is held where it stands, with what it is to
 * become; made in the other pool; then `done` where it stood. At every moment an open record exists (the finisher sees it), and
 * at most one that a relay may send. Whoever repeats an interrupted move, even to elsewhere, ends that one first.
 */
export async function moveToPool(bus: Bus, subject: string, pool: string): Promise<PoolMove> {
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const found = await readQueueRecord(bus, subject);
      if (found === null || found.record.state === 'done' || found.record.transport !== 'smtp') return 'unchanged';
      const record = await unattempted(bus, found);
      if (record === null) return 'busy';
      if (record.moving === undefined && (record.pool ?? DEFAULT_POOL) === pool) return 'unchanged';
      const held = await hold(bus, { ...found, record }, pool);
      await arrive(bus, held.record);
      const { heldBecause: _because, ...rest } = held.record;
      await moveQueueRecord(bus, held, { ...rest, recipients: [], prefix: '', state: 'done' });
      return 'moved';
    } catch (error) {
      if (error instanceof UnknownVersion) return 'unreadable';
      // Somebody else's write came between: what it made of the record decides.
      if (!(error instanceof Conflict)) throw error;
    }
  }
  return 'busy';
}

async function hold(bus: Bus, from: StoredRecord, to: string): Promise<StoredRecord> {
  const { record } = from;
  if (record.moving !== undefined) return from;
  const state = record.state as 'ready' | 'deferred' | 'held';
  const because = record.heldBecause === undefined ? {} : { heldBecause: record.heldBecause };
  return moveQueueRecord(bus, from, {
    ...record,
    state: 'held',
    heldBecause: `moving to the pool ${to}`,
    moves: [...(record.moves ?? []), randomBytes(8).toString('hex')],
    moving: { to, state, ...because },
  });
}

/** Makes the record where it moves to; one that a mover before us made there is left as it is by now. */
async function arrive(bus: Bus, { moving, heldBecause: _because, pool: _pool, ...rest }: QueueRecord): Promise<void> {
  if (moving === undefined) return;
  const record: QueueRecord = {
    ...rest,
    state: moving.state,
    ...(moving.to === DEFAULT_POOL ? {} : { pool: moving.to }),
    ...(moving.heldBecause === undefined ? {} : { heldBecause: moving.heldBecause }),
  };
  const there = await readQueueRecord(bus, subjects.queue(record.queueId, record.domain, record.part, moving.to));
  // What stands there was moved away itself. If it went by way of this very move, it arrived; else it makes room (it comes back).
  if (there?.record.state === 'done' && there.record.moving !== undefined) {
    const arrived = there.record.moves?.includes(rest.moves?.at(-1) ?? '') === true;
    if (!arrived) await moveQueueRecord(bus, there, record);
  } else await createQueueRecord(bus, record);
}
