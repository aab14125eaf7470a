import { DEFAULT_POOL, plainAddress, type QueueRecord } from '@postroad/bus';
import type { QueueCounts, QueueRecordView } from '../api/schemas.ts';
import type { QueueOverview } from './overview.ts';

const time = (ms: number) => new Date(ms).toISOString();

/** A record for people and programs outside. */
export function viewRecord(record: QueueRecord): QueueRecordView {
  const { queueId, domain, transport, state, attempts, reversePath, lastStatus, heldBecause } = record;
  return {
    ...{ queueId, domain, transport, pool: record.pool ?? DEFAULT_POOL, state },
    sender: reversePath === null ? '<>' : plainAddress(reversePath),
    recipients: record.recipients.map(({ forwardPath }) => plainAddress(forwardPath)),
    ...{ attempts, createdAt: time(record.createdAt), expiresAt: time(record.expiresAt) },
    ...(state === 'ready' || state === 'deferred' ? { dueAt: time(record.dueAt) } : {}),
    ...(lastStatus === undefined ? {} : { lastStatus }),
    ...(heldBecause === undefined ? {} : { heldBecause }),
  };
}

export function countStates({ lines }: QueueOverview): QueueCounts {
  const counts = { ready: 0, attempting: 0, deferred: 0, held: 0, done: 0, unknown: 0 };
  for (const { state } of lines) if (state in counts) counts[state]++;
  return counts;
}
