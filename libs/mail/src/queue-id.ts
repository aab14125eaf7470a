/**
 * The name of one accepted message inside Postroad (not the Message-ID header, not the ENVID).
 * 26 characters of Crockford base32 in lower case: 10 of time (48 bits of ms since the epoch, so ids sort by age)
 * and 16 of randomness (80 bits). One NATS subject token, one header word, one path component.
 */
export type QueueId = string & { readonly __brand: 'QueueId' };

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const FORM = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Whether a string has the form of a queue id (it says nothing about whether such a message exists). */
export function isQueueId(text: string): text is QueueId {
  return FORM.test(text);
}

/**
 * Makes a queue id from a time (ms since the epoch) and ten bytes: random ones for a new message, a digest for a
 * message derived from another (DESIGN §3.6), so that a crash and a second try make the same id.
 */
export function makeQueueId(timeMs: number, entropy: Uint8Array): QueueId {
  if (entropy.length < 10) throw new RangeError('a queue id needs 10 bytes of entropy');
  let time = '';
  for (let rest = Math.floor(timeMs), i = 0; i < 10; i++) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let bits = 0;
  let held = 0;
  let tail = '';
  for (let i = 0; i < 10; i++) {
    held = (held << 8) | (entropy[i] ?? 0);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      tail += ALPHABET.charAt((held >> bits) & 31);
      held &= (1 << bits) - 1;
    }
  }
  return (time + tail) as QueueId;
}

/** The time (ms since the epoch) at which the message was accepted, read back from its id. */
export function queueIdTime(id: QueueId): number {
  let time = 0;
  for (const c of id.slice(0, 10)) time = time * 32 + ALPHABET.indexOf(c);
  return time;
}
