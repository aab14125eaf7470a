import { foldCase } from '../../fold.ts';
import { headerMatches, headerText, messageText, textMatches } from '../../text.ts';
import type { SearchField } from '../../types.ts';
import { type StoredMail, withMail } from '../read/content.ts';
import type { Mask, SearchContext, Step } from './context.ts';

/** Octets of content, or messages, that are read before others get their turn. */
const SLICE_OCTETS = 1 << 20;
const SLICE_MESSAGES = 100;

/**
 * Messages among `within` whose decoded text has a substring. The index answers for what it has taken up; the rest, and what it can only
 * narrow down, is read.
 */
export function* matchText(
  context: SearchContext,
  field: SearchField,
  text: string,
  within: Mask,
): Generator<Step, Mask> {
  const needle = foldCase(text);
  if (needle === '' && typeof field === 'string') return within;
  const out = new Uint8Array(within.length);
  const toRead: number[] = [];
  askIndex(context, field, needle, within, out, toRead);
  let octets = 0;
  for (const [n, position] of toRead.entries()) {
    if (n % SLICE_MESSAGES === SLICE_MESSAGES - 1 || octets >= SLICE_OCTETS) {
      octets = 0;
      yield { done: n, of: toRead.length };
    }
    const met = withMail(context.reader, context.columns.mail[position] ?? 0, (mail) => {
      octets += mail.size;
      return mailMatches(mail, field, needle);
    });
    if (met) out[position] = 1;
  }
  return out;
}

function mailMatches({ prefix, part, read }: StoredMail, field: SearchField, needle: string): boolean {
  if (typeof field !== 'string') return headerMatches(headerText(prefix, part, read), field.header, needle);
  return textMatches(messageText(prefix, part, read), field, needle);
}

/** Sets what the index is sure of, and lists what has to be read. */
function askIndex(
  context: SearchContext,
  field: SearchField,
  needle: string,
  within: Mask,
  out: Mask,
  toRead: number[],
): void {
  const { columns, index, account } = context;
  const { done, skipped } = index.state();
  let [first, last] = [Infinity, -1];
  for (let i = 0; i < columns.count; i++) {
    if (within[i] === 0) continue;
    const mail = columns.mail[i] ?? 0;
    if (mail > done || skipped.has(mail)) continue;
    if (mail < first) first = mail;
    if (mail > last) last = mail;
  }
  const answer = last < 0 ? null : index.find(account, field, needle, first, last);
  for (let i = 0; i < columns.count; i++) {
    const mail = columns.mail[i] ?? 0;
    if (within[i] === 1 && (mail > done || skipped.has(mail) || !answer)) toRead.push(i);
  }
  if (!answer) return;
  for (const position of positionsOf(columns.mail, columns.byMail(), answer.mails)) {
    if (within[position] === 0) continue;
    if (answer.exact) out[position] = 1;
    else toRead.push(position);
  }
}

/** Positions of mails; both ascending by mail. A mail may be in a mailbox more than once. */
function* positionsOf(mail: Uint32Array, byMail: Uint32Array, mails: Uint32Array): Generator<number> {
  let at = 0;
  for (const wanted of mails) {
    at = lowerBound(mail, byMail, wanted, at);
    for (; at < byMail.length && mail[byMail[at] ?? 0] === wanted; at++) yield byMail[at] ?? 0;
  }
}

/** By doubling steps from where the last one was: as cheap for many mails as for few. */
function lowerBound(mail: Uint32Array, byMail: Uint32Array, wanted: number, from: number): number {
  const before = (at: number): boolean => at < byMail.length && (mail[byMail[at] ?? 0] ?? 0) < wanted;
  let [low, step] = [from, 1];
  while (before(low + step)) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, byMail.length);
  if (!before(low)) return low;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (before(middle)) low = middle;
    else high = middle;
  }
  return high;
}
