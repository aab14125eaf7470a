import { createHash, randomBytes } from 'node:crypto';
import type { QueueId } from '@postroad/mail';
import type { Bus } from './bus.ts';
import { Conflict } from './errors.ts';
import { decodeRecord, encodeRecord } from './record.ts';
import { Lease } from './lease.ts';
import { isGranted, plainAddress, type QueueRecord, withoutGrant } from './records.ts';
import { StreamReader } from './stream-reader.ts';
import { queueIdOf, queuePlaceOf, relayLeases, subjects } from './subjects.ts';

/** A queue record with the place where it stands. */
export interface StoredRecord {
  readonly subject: string;
  readonly seq: number;
  readonly record: QueueRecord;
}

/** State, due time and whether it is a grant also ride in headers, so that an owner rebuilds its timers without reading bodies. */
export const QUEUE_HEADERS = { state: 'Pr-State', due: 'Pr-Due', grant: 'Pr-Grant' } as const;

const headersOf = (record: QueueRecord) => ({
  [QUEUE_HEADERS.state]: record.state,
  [QUEUE_HEADERS.due]: String(record.dueAt),
  ...(isGranted(record) ? { [QUEUE_HEADERS.grant]: '1' } : {}),
});

const digestOf = (covers: readonly string[]): string =>
  createHash('sha256').update(covers.join('\n')).digest('hex').slice(0, 16);

/**
 * Creates a record; a repeat (a head routed again after a crash) finds the first one and changes nothing. When that one was
 * made for other recipients (the directory changed in between), a further record takes those who are missing.
 */
export async function createQueueRecord(bus: Bus, record: QueueRecord): Promise<StoredRecord> {
  const subject = subjects.queue(record.queueId, record.domain, record.part, record.pool);
  try {
    // Whom it is for is part of the id: another record for others, made at the same place, is not our own one.
    const msgId = `${subject}#${digestOf(record.covers)}`;
    const { seq } = await bus.publish('QUEUE', subject, encodeRecord(record), {
      msgId,
      expect: 0,
      headers: headersOf(record),
    });
    return { subject, seq, record };
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const found = await readQueueRecord(bus, subject);
    // Created and finished already, and its message is gone.
    if (found === null) return { subject, seq: 0, record: { ...record, state: 'done' } };
    const known = new Set(found.record.covers);
    const missing = record.recipients.filter((r) => !known.has(plainAddress(r.forwardPath)));
    if (missing.length === 0) return found;
    const covers = missing.map((r) => plainAddress(r.forwardPath));
    return createQueueRecord(bus, { ...record, part: `m${digestOf(covers)}`, recipients: missing, covers });
  }
}

/** The record as the leader has it. @throws UnknownVersion */
export async function readQueueRecord(bus: Bus, subject: string): Promise<StoredRecord | null> {
  const found = await bus.readBack('QUEUE', subject);
  return found === null ? null : { subject, seq: found.seq, record: decodeRecord<QueueRecord>(found.data, [1]) };
}

/**
 * Moves a record to its next state, if nobody else has moved it since it was read.
 * @throws Conflict when somebody has.
 */
export async function moveQueueRecord(
  bus: Bus,
  from: StoredRecord,
  record: QueueRecord,
  deadlineMs?: number,
): Promise<StoredRecord> {
  const { seq } = await bus.publish('QUEUE', from.subject, encodeRecord(record), {
    // Two processes that make the same move must not take each other's success for their own.
    msgId: `${from.subject}@${from.seq}#${randomBytes(6).toString('hex')}`,
    expect: from.seq,
    headers: headersOf(record),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  return { subject: from.subject, seq, record };
}

/**
 * The record as whoever wants to change it may take it: null while somebody may be sending it. A grant whose relay gave its shard up,
 * with nothing under way, is nobody's: the next owner has to claim it anew, and that write and ours exclude each other.
 */
export async function unattempted(bus: Bus, { subject, record }: StoredRecord): Promise<QueueRecord | null> {
  if (record.state !== 'attempting') return record;
  if (!isGranted(record)) return null;
  const { pool, shard } = queuePlaceOf(subject);
  const over = (await Lease.givenUp(bus, relayLeases.shard(pool, shard))) === record.claim?.epoch;
  return over ? withoutGrant(record) : null;
}

/** All records of one message, from the leader: for `queue show` and the finisher's stragglers. */
export async function queueRecordsOf(bus: Bus, queueId: QueueId): Promise<StoredRecord[]> {
  const info = await bus.jsm.streams.info('QUEUE', { subjects_filter: `queue.*.${queueId}.>` });
  const found = await Promise.all(
    Object.keys(info.state.subjects ?? {}).map((subject) => readQueueRecord(bus, subject)),
  );
  return found.filter((each) => each !== null && queueIdOf(each.subject) === queueId) as StoredRecord[];
}

/** How many records are not final, by a look at all headers: for tests, tools and small queues. @throws ReadInterrupted */
export async function openQueueRecords(bus: Bus): Promise<number> {
  const reader = await StreamReader.open(bus, 'QUEUE', {
    filter: 'queue.>',
    from: 'all',
    headersOnly: true,
    ahead: 5_000,
  });
  let open = 0;
  try {
    if ((await reader.waiting()) === 0) return 0;
    for await (const { headers, info } of reader) {
      if (headers?.get(QUEUE_HEADERS.state) !== 'done') open++;
      if (info.pending === 0) break;
    }
  } finally {
    await reader.close();
  }
  return open;
}
