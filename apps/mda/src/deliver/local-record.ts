import type { DeliverRecord, QueueRecord, RecordRecipient } from '@postroad/bus';
import type { RecipientStatus } from '@postroad/mail';

/** Stands where the domain stands in the subject of a local record; no DNS name begins with '='. */
const LOCAL_TOKEN = '=local';
/** Subjects of all local records. */
export const LOCAL_FILTER = `queue.*.*.${LOCAL_TOKEN}.>`;

const LIFETIME_MS = 5 * 86_400_000;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 3_600_000;

/** ms until the next try after `attempts` failed ones: a minute, doubled up to an hour. */
export const retryAfter = (attempts: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts, 10), LONGEST_RETRY_MS);

/** A recipient whose delivery failed for a time, as the queue keeps it (DESIGN §3.4); `atOnce`: the next failure is the last. */
export function localRecord(
  item: DeliverRecord,
  recipient: RecordRecipient,
  outcome: { readonly status: RecipientStatus; readonly held?: string; readonly atOnce?: boolean },
  now: number,
): QueueRecord {
  return {
    v: 1,
    queueId: item.queueId,
    transport: 'local',
    domain: LOCAL_TOKEN,
    // One record an account: it is found again however often the item is delivered.
    part: recipient.accountId ?? 'none',
    reversePath: item.reversePath,
    recipients: [recipient],
    covers: [recipient.finalRecipient ?? ''],
    prefix: item.prefix,
    state: outcome.held === undefined ? 'deferred' : 'held',
    attempts: 1,
    dueAt: outcome.atOnce === true ? now : now + retryAfter(0),
    createdAt: now,
    expiresAt: outcome.atOnce === true ? now : now + LIFETIME_MS,
    lastStatus: outcome.status,
    ...(outcome.held === undefined ? {} : { heldBecause: outcome.held }),
    ...(item.traceparent === undefined ? {} : { traceparent: item.traceparent }),
  };
}
