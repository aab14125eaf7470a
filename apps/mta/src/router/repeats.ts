import { type Bus, plainAddress, queueRecordsOf, type QueueRecord } from '@postroad/bus';
import type { SpoolHead } from '@postroad/spool';

/** A head that young, seen for the first time, was routed by nobody yet. */
const FRESH_MS = 60_000;

/**
 * Takes those out of planned records who stand in a record already. Within one pool and part `createQueueRecord` sees that by
 * itself; but a head that is routed again may find its domain in another pool by now, and its first records stay where they are.
 * Costs a look at the leader, so only for heads that may have been routed before.
 */
export async function withoutRepeats(
  bus: Bus,
  head: SpoolHead,
  deliveries: number,
  plan: readonly QueueRecord[],
): Promise<readonly QueueRecord[]> {
  const fresh = deliveries <= 1 && Date.now() - Date.parse(head.receivedAt) < FRESH_MS;
  if (fresh || plan.length === 0) return plan;
  const standing = (await queueRecordsOf(bus, head.queueId)).filter(({ record }) => record.transport === 'smtp');
  if (standing.length === 0) return plan;
  const covered = new Set(standing.flatMap(({ record }) => record.covers));
  return plan.flatMap((record) => {
    const recipients = record.recipients.filter(({ forwardPath }) => !covered.has(plainAddress(forwardPath)));
    if (recipients.length === record.recipients.length) return [record];
    if (recipients.length === 0) return [];
    return [{ ...record, recipients, covers: recipients.map(({ forwardPath }) => plainAddress(forwardPath)) }];
  });
}
