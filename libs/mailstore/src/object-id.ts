import { randomBytes } from 'node:crypto';

/** Random octets are drawn for many ids at once: a call costs more than the octets. */
const POOL = 4096;
const RANDOM = 9;
let pool = Buffer.alloc(0);
let used = 0;

/** Kind of object: a letter, so that ids of one kind are never taken for another's (RFC 8474 §7). */
export type ObjectKind = 'F' | 'M' | 'T';

/**
 * A new MAILBOXID (F), EMAILID (M) or THREADID (T) of 23 characters. It begins with its time, so that an index takes new ones at its
 * end; nine random octets make it unique in all stores.
 */
export function newObjectId(kind: ObjectKind, now = Date.now()): string {
  if (used + RANDOM > pool.length) {
    pool = randomBytes(POOL);
    used = 0;
  }
  const random = pool.toString('base64url', used, used + RANDOM);
  used += RANDOM;
  return `${kind}${now.toString(36).padStart(10, '0')}${random}`;
}
