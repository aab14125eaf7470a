import type { SpecialUse } from './types.ts';
import { StoreError } from './types.ts';

/** Mailboxes every account starts with (RFC 6154), all subscribed. */
export const FIRST_MAILBOXES: readonly (readonly [name: string, specialUse: SpecialUse | null])[] = [
  ['INBOX', null],
  ['Drafts', '\\Drafts'],
  ['Sent', '\\Sent'],
  ['Trash', '\\Trash'],
  ['Junk', '\\Junk'],
  ['Archive', '\\Archive'],
];

const MAX_OCTETS = 1000;
const MAX_DEPTH = 32;

/** The name under which a mailbox is stored: NFC, INBOX (and the INBOX at the head of a path) in upper case. */
export function canonicalName(name: string): string {
  const text = name.normalize('NFC');
  const slash = text.indexOf('/');
  const first = slash < 0 ? text : text.slice(0, slash);
  return /^inbox$/i.test(first) ? `INBOX${text.slice(first.length)}` : text;
}

/** Checks a name that is to be created; INVALID says what is wrong with it. */
export function checkName(name: string): string {
  const canonical = canonicalName(name);
  const levels = canonical.split('/');
  if (levels.some((level) => level === '')) throw new StoreError('INVALID', 'a level of the name is empty');
  if (levels.length > MAX_DEPTH) throw new StoreError('INVALID', `more than ${String(MAX_DEPTH)} levels`);
  if (Buffer.byteLength(canonical) > MAX_OCTETS) throw new StoreError('INVALID', 'the name is too long');
  // RFC 5198: no controls; `*` and `%` could never be listed again (RFC 3501 §5.1)
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f-\x9f\u2028\u2029*%]/.test(canonical) || !canonical.isWellFormed())
    throw new StoreError('INVALID', 'the name holds characters that are not allowed');
  return canonical;
}

/** `a/b/c` → `a`, `a/b`. */
export function parentsOf(name: string): string[] {
  const levels = name.split('/');
  return levels.slice(1).map((_, i) => levels.slice(0, i + 1).join('/'));
}
