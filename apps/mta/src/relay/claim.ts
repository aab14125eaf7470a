import {
  Conflict,
  isGranted,
  moveQueueRecord,
  type QueueRecord,
  readQueueRecord,
  type StoredRecord,
  UnknownVersion,
  withoutGrant,
} from '@postroad/bus';
import { SpoolCorrupt, type SpoolMessage } from '@postroad/spool';
import { METRICS } from '@postroad/telemetry';
import type { RelayContext } from './context.ts';
import type { Entry } from './schedule.ts';

/** A record that is ours to send, written down before anything is said to a peer (DESIGN §3.5). */
export interface Claimed {
  readonly entry: Entry;
  /** The record as claimed, and where it stands. */
  readonly stored: StoredRecord;
  /** Null: it is not in the spool, or not as it was written; `trouble` says which. */
  readonly message: SpoolMessage | null;
  readonly trouble?: string;
  readonly epoch: number;
}

/** Milliseconds after which a record that could not be read or written is looked at again. */
const AGAIN_MS = 5_000;

/** The record of an entry as it stands, or null when the entry was dealt with (changed, foreign, gone, unreadable). */
export async function loadRecord(context: RelayContext, entry: Entry): Promise<StoredRecord | null> {
  const { schedule, deps } = context;
  if (entry.record !== null) return { subject: entry.subject, seq: entry.seq, record: entry.record };
  let found: StoredRecord | null;
  try {
    found = await readQueueRecord(deps.bus, entry.subject);
  } catch (error) {
    if (error instanceof UnknownVersion) hold(context, entry, error);
    else schedule.postpone(entry, Date.now() + AGAIN_MS);
    return null;
  }
  if (found === null || found.record.transport === 'local') {
    // Finished and purged, or the MDA's business.
    schedule.forget(entry);
    return null;
  }
  if (found.seq === entry.seq) return found;
  const { record } = found;
  schedule.leave(entry, { seq: found.seq, state: record.state, dueAt: record.dueAt, record });
  return null;
}

/** DESIGN §4: a record of a version nobody here knows is left as it is, for a newer process; only an alarm goes out. */
function hold({ schedule, deps }: RelayContext, entry: Entry, error: Error): void {
  deps.logger.error({ err: error, subject: entry.subject }, 'a queue record of an unknown version: held, untouched');
  deps.metrics.count(METRICS.relayUnknown, {});
  schedule.leave(entry, { seq: entry.seq, state: 'held', dueAt: entry.dueAt, record: null });
}

/**
 * Milliseconds to wait before an interrupted attempt may be repeated; 0: now. Its owner has stopped beginning new ones before
 * we could get the lease, and cuts what is under way within a lease's time (see `shards.ts`).
 */
export function settlingTime(context: RelayContext, entry: Entry, record: QueueRecord, epoch: number): number {
  const by = record.claim?.epoch;
  if (by === epoch || by === context.shards.epochBefore(entry.shard)?.epoch) return 0;
  const left = (context.shards.ownedSince(entry.shard) ?? 0) + 1.5 * context.settings.leaseTtl - performance.now();
  return Math.max(left, 0);
}

/** Whether an attempt under this claim may have begun and not ended. */
function mayHaveBegun({ shards }: RelayContext, entry: Entry, { record, seq }: StoredRecord, epoch: number): boolean {
  const { shard, begun } = entry;
  if (!isGranted(record) || begun === seq) return true;
  const before = shards.epochBefore(shard);
  return record.claim?.epoch !== epoch && !(before?.cleanly === true && record.claim?.epoch === before.epoch);
}

/** Claims an entry for an attempt and reads its message; null when there is nothing to send (the entry was dealt with). */
export async function claim(context: RelayContext, entry: Entry): Promise<Claimed | null> {
  const { schedule, shards, deps } = context;
  const from = await loadRecord(context, entry);
  const epoch = shards.epochOf(entry.shard);
  if (from === null) return null;
  // Given up meanwhile: forgotten in a moment.
  if (epoch === null) return (schedule.postpone(entry, Date.now() + AGAIN_MS), null);
  const { record } = from;
  if (record.state === 'attempting') {
    const wait = settlingTime(context, entry, record, epoch);
    if (wait > 0) return (schedule.postpone(entry, Date.now() + wait), null);
    if (mayHaveBegun(context, entry, from, epoch)) tellInterrupted(context, record);
  }
  const ours = isGranted(record) && record.claim?.epoch === epoch && entry.begun !== from.seq;
  const next: QueueRecord = {
    ...record,
    state: 'attempting',
    attempts: record.attempts + 1,
    claim: { epoch, since: Date.now() },
  };
  const [moved, read] = await Promise.allSettled([
    // The router has written this claim already (ADR 0039).
    ours ? { ...from, record: next } : moveQueueRecord(deps.bus, from, next),
    deps.spool.read(record.queueId),
  ]);
  if (moved.status === 'rejected') {
    await lost(context, entry, moved.reason);
    return null;
  }
  entry.seq = moved.value.seq;
  if (ours) entry.begun = entry.seq;
  entry.claimed = true;
  const claimed = { entry, stored: moved.value, epoch };
  if (read.status === 'fulfilled')
    return read.value === null
      ? { ...claimed, message: null, trouble: 'its message is not in the spool' }
      : { ...claimed, message: read.value };
  if (read.reason instanceof SpoolCorrupt) return { ...claimed, message: null, trouble: read.reason.message };
  await giveBack(context, { ...claimed, message: null }, AGAIN_MS);
  return null;
}

/** It may have reached the peer: RFC 5321 §4.5.3.2.6 (and RFC 1047) prefer a second copy to none. */
function tellInterrupted({ deps }: RelayContext, { queueId, domain, claim }: QueueRecord): void {
  deps.logger.warn({ queueId, domain, claim }, 'an attempt was interrupted; trying again');
  deps.metrics.count(METRICS.relayInterrupted, {});
}

/** A claim that was not confirmed: somebody else moved the record, or the broker is away. */
async function lost({ schedule, deps }: RelayContext, entry: Entry, reason: unknown): Promise<void> {
  if (!(reason instanceof Conflict)) {
    // It may have been written all the same: known again when it is read back.
    schedule.unread(entry);
    deps.logger.warn({ err: reason, subject: entry.subject }, 'could not claim a queue record');
    return schedule.postpone(entry, Date.now() + AGAIN_MS);
  }
  await reread({ schedule, deps }, entry);
}

/** After a lost race: what stands there now. */
export async function reread({ schedule, deps }: Pick<RelayContext, 'schedule' | 'deps'>, entry: Entry): Promise<void> {
  try {
    const found = await readQueueRecord(deps.bus, entry.subject);
    if (found === null) return schedule.forget(entry);
    const { state, dueAt } = found.record;
    schedule.leave(entry, { seq: found.seq, state, dueAt, record: found.record });
  } catch {
    schedule.unread(entry);
    schedule.postpone(entry, Date.now() + AGAIN_MS);
  }
}

/** Puts a claimed record back as it was before, due in so many ms: nothing was said to any peer. */
export async function giveBack(context: RelayContext, claimed: Claimed, inMs: number): Promise<void> {
  const { claim: _claim, ...rest } = claimed.stored.record;
  const attempts = rest.attempts - 1;
  const state = attempts === 0 ? ('ready' as const) : ('deferred' as const);
  const dueAt = Date.now() + inMs;
  try {
    const { seq } = await moveQueueRecord(context.deps.bus, claimed.stored, { ...rest, state, dueAt, attempts });
    context.schedule.leave(claimed.entry, { seq, state, dueAt, record: null });
  } catch {
    await reread(context, claimed.entry);
  }
}

/** A record that the router claimed for us and that waits here: anybody's again. Nothing was said to any peer. */
export async function returnGrant(context: RelayContext, entry: Entry): Promise<void> {
  const { schedule, deps } = context;
  const from = await loadRecord(context, entry);
  if (from === null) return;
  if (!isGranted(from.record)) return schedule.leave(entry, null);
  const record = withoutGrant(from.record);
  try {
    const { seq } = await moveQueueRecord(deps.bus, from, record);
    schedule.leave(entry, { seq, state: 'ready', dueAt: record.dueAt, record });
  } catch {
    await reread(context, entry);
  }
}
