import type { MailEvent, StoredSpan } from './types.ts';

/** What a person can search by. */
export type KeyKind = 'queue' | 'messageId' | 'sender' | 'recipient' | 'trace';

const PREFIX: Readonly<Record<KeyKind, string>> = {
  queue: 'q',
  messageId: 'm',
  sender: 's',
  recipient: 'r',
  trace: 't',
};
/** A queue id inside a sentence: `notified` events name the message they made. */
const QUEUE_ID = /\b[0-7][0-9a-hjkmnp-tv-z]{25}\b/;
const MAX_RECIPIENTS = 50;

/**
 * A key as 53 bits: an index of small integers costs a third of one of addresses. Two keys may share a number, so that
 * whoever reads compares the record itself.
 */
export function keyHash(kind: KeyKind, value: string): number {
  const text = kind === 'queue' || kind === 'trace' ? value : value.toLowerCase();
  let a = 0x811c9dc5 ^ PREFIX[kind].charCodeAt(0);
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x85ebca6b) ^ (b >>> 15);
  }
  a = Math.imul(a ^ (a >>> 16), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 13), 0x27d4eb2f) ^ (a >>> 11);
  return ((b >>> 0) & 0x1fffff) * 0x1_0000_0000 + (a >>> 0);
}

/** The message that a `notified` event made. */
export function derivedFrom(event: MailEvent): string | undefined {
  return event.step === 'notified' ? QUEUE_ID.exec(event.detail ?? '')?.[0] : undefined;
}

/** Where an event must be found. Addresses are taken from the steps that say them first, not from each that repeats them. */
export function eventKeys(event: MailEvent): number[] {
  const keys: number[] = [];
  if (event.queueId !== undefined) keys.push(keyHash('queue', event.queueId));
  const derived = derivedFrom(event);
  if (derived !== undefined) keys.push(keyHash('queue', derived));
  const first = event.step === 'accepted' || event.step === 'refused';
  if (first) {
    if (event.messageId !== undefined) keys.push(keyHash('messageId', event.messageId));
    if (event.sender !== undefined) keys.push(keyHash('sender', event.sender));
    if (event.traceparent !== undefined) keys.push(keyHash('trace', event.traceparent.slice(3, 35)));
  }
  if (first || event.step === 'routed' || event.step === 'expanded')
    for (const recipient of event.recipients?.slice(0, MAX_RECIPIENTS) ?? [])
      keys.push(keyHash('recipient', recipient));
  return keys.length < 2 ? keys : [...new Set(keys)];
}

/** A span is found by its trace, by the traces it is linked to, and by its message. */
export function spanKeys(span: StoredSpan): number[] {
  const keys = [span.traceId, ...(span.links ?? [])].map((id) => keyHash('trace', id));
  if (span.queueId !== undefined) keys.push(keyHash('queue', span.queueId));
  return [...new Set(keys)];
}
