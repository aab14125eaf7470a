import type { QueueRecord, RecordRecipient } from '@postroad/bus';
import type { NotifiedRecipient } from '@postroad/spool';
import { backoff } from './backoff.ts';
import { type Fate, oneLine, statusOf } from './reply-status.ts';
import type { RelaySettings } from './settings.ts';

/** What is known besides the fates. */
export interface OutcomeContext {
  /** ms since the epoch. */
  readonly now: number;
  /** Whether an attempt was begun that the record does not count yet. */
  readonly counted: boolean;
  /** The peer took the DSN parameters over: telling of success is its business (RFC 3461 §5.2.2). */
  readonly peerDsn: boolean;
  /** Not to be tried before that (the destination is left alone). */
  readonly notBefore: number;
}

/** What follows from one attempt. */
export interface Decision {
  readonly next: QueueRecord;
  readonly relayed: readonly RecordRecipient[];
  readonly deferred: readonly RecordRecipient[];
  readonly failed: readonly NotifiedRecipient[];
  /** Senders to be told: of delay, and of a hop that will tell no more. */
  readonly delayNotices: readonly NotifiedRecipient[];
  readonly relayNotices: readonly NotifiedRecipient[];
}

function notified(recipient: RecordRecipient, fate: Fate, now: number, until?: number): NotifiedRecipient {
  return {
    finalRecipient: recipient.forwardPath,
    ...(recipient.originalRecipient === undefined ? {} : { originalRecipient: recipient.originalRecipient }),
    ...(recipient.notify === undefined ? {} : { notify: recipient.notify }),
    status: statusOf(fate),
    lastAttempt: now,
    ...(until === undefined ? {} : { willRetryUntil: until }),
  };
}

/** RFC 5321 §4.5.4.1: after so long a message is given up; the last cause is told with it. */
const expired = (fate: Fate): Fate => ({
  kind: 'failed',
  status: '4.4.7',
  diagnostic: oneLine(`Delivery time expired; last: ${fate.diagnostic}`),
  ...(fate.remoteMta === undefined ? {} : { remoteMta: fate.remoteMta }),
});

/** Decides from the fates of a record's recipients (same order) what its next state is and who is told. Pure. */
export function decide(
  record: QueueRecord,
  fates: readonly Fate[],
  context: OutcomeContext,
  settings: RelaySettings,
): Decision {
  const { now } = context;
  const givenUp = now >= record.expiresAt;
  const attempts = record.attempts + (context.counted ? 0 : 1);
  const relayed: RecordRecipient[] = [];
  const deferred: RecordRecipient[] = [];
  const failed: NotifiedRecipient[] = [];
  const delayNotices: NotifiedRecipient[] = [];
  const relayNotices: NotifiedRecipient[] = [];
  const tellDelay = record.delayNotified !== true && now - record.createdAt >= settings.delayNotice;
  let last: Fate | undefined;
  record.recipients.forEach((recipient, i) => {
    const fate = fates[i];
    if (fate === undefined) throw new RangeError('a fate for every recipient');
    if (fate.kind === 'relayed') {
      relayed.push(recipient);
      if (!context.peerDsn && recipient.notify?.includes('SUCCESS') === true)
        relayNotices.push(notified(recipient, fate, now));
    } else if (fate.kind === 'failed') failed.push(notified(recipient, fate, now));
    else if (givenUp) failed.push(notified(recipient, expired(fate), now));
    else {
      last = fate;
      deferred.push(recipient);
      if (tellDelay) delayNotices.push(notified(recipient, fate, now, record.expiresAt));
    }
  });
  const { claim: _claim, heldBecause: _held, ...rest } = record;
  if (last === undefined)
    return {
      // Nothing of a final record is served any more; `covers` says whom it was for.
      next: { ...rest, recipients: [], prefix: '', state: 'done', attempts },
      ...{ relayed, deferred, failed, delayNotices, relayNotices },
    };
  const wait = backoff(attempts, settings.retryFirst, settings.retryLongest);
  // The last try is at the end of its life, not up to four hours after it.
  const planned = Math.min(Math.max(now + wait, context.notBefore), record.expiresAt);
  // A sender who is to be told of a delay is told in time.
  const notice = record.createdAt + settings.delayNotice;
  const dueAt = Math.max(
    !tellDelay && record.delayNotified !== true && notice > now ? Math.min(planned, notice) : planned,
    now + 1,
  );
  return {
    next: {
      ...rest,
      ...{ recipients: deferred, state: 'deferred', attempts, dueAt, lastStatus: statusOf(last) },
      ...(tellDelay ? { delayNotified: true } : {}),
    },
    ...{ relayed, deferred, failed, delayNotices, relayNotices },
  };
}
