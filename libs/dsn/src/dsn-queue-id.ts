import { createHash } from 'node:crypto';
import { type Address, makeQueueId, type Outcome, type QueueId, queueIdTime } from '@postroad/mail';

/**
 * Queue id of the notification about some recipients of a message: the same for every try, so that a crash makes no second
 * one (DESIGN §3.6). The order of recipients does not count.
 */
export function dsnQueueId(original: QueueId, recipients: readonly Address[], action: Outcome): QueueId {
  const names = recipients.map(({ localPart, domain }) => JSON.stringify([localPart, domain])).sort();
  const digest = createHash('sha256')
    .update(JSON.stringify(['dsn', original, action, names]))
    .digest();
  return makeQueueId(queueIdTime(original), digest);
}
