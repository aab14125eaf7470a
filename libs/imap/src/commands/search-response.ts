import type { SearchReturns } from '../parse/search-returns.ts';
import { takePartial } from '../parse/partial-range.ts';
import { formatSet } from '../parse/sequence-set.ts';
import type { Context } from '../session/context.ts';
import type { View } from '../session/view.ts';
import { formatString } from '../write/strings.ts';

export interface Found {
  /** UIDs in the order in which they are answered. */
  readonly uids: readonly number[];
  /** Highest MODSEQ of them; null when it was not asked for. */
  readonly modseq: number | null;
}

/** Of what the store found, in its order, what this client knows. */
export function knownOf(view: View, uids: Uint32Array): number[] {
  const known: number[] = [];
  for (const uid of uids) if (view.sequence(uid) > 0) known.push(uid);
  return known;
}

/** Sequence numbers of UIDs, or the UIDs themselves. */
export function numbersOf({ view }: Context, uids: readonly number[], byUid: boolean): readonly number[] {
  return byUid ? uids : uids.map((uid) => view.sequence(uid));
}

/** `* SEARCH` or `* SORT` (RFC 3501 §7.2.5, RFC 5256 §4). */
export function writePlain(context: Context, name: 'SEARCH' | 'SORT', found: Found, byUid: boolean): void {
  const numbers = numbersOf(context, found.uids, byUid);
  const list = numbers.length > 0 ? ` ${numbers.join(' ')}` : '';
  const modseq = found.modseq === null || numbers.length === 0 ? '' : ` (MODSEQ ${String(found.modseq)})`;
  context.output.untagged(`${name}${list}${modseq}`);
}

/** `* ESEARCH` (RFC 4731 §3.2); what names a message is left out when there is none. */
export function writeExtended(context: Context, found: Found, returns: SearchReturns, byUid: boolean): void {
  const { uids } = found;
  const name = (picked: readonly number[]): string => formatSet(numbersOf(context, picked, byUid));
  let text = byUid ? ' UID' : '';
  if (uids.length > 0) {
    if (returns.min) text += ` MIN ${name(uids.slice(0, 1))}`;
    if (returns.max) text += ` MAX ${name(uids.slice(-1))}`;
    if (returns.all) text += ` ALL ${name(uids)}`;
  }
  if (returns.partial) {
    const page = takePartial(uids, returns.partial);
    text += ` PARTIAL (${returns.partial.text} ${page.length > 0 ? name(page) : 'NIL'})`;
  }
  if (returns.count) text += ` COUNT ${String(uids.length)}`;
  if (found.modseq !== null && uids.length > 0) text += ` MODSEQ ${String(found.modseq)}`;
  context.output.add('* ESEARCH (TAG ', formatString(context.tag), ')', text, '\r\n');
}

/** What SAVE keeps (RFC 5182 §2.4, RFC 9394 §3.1): all that was found, or what MIN, MAX and PARTIAL picked when nothing else was asked. */
export function saved(uids: readonly number[], returns: SearchReturns): readonly number[] {
  const picks = returns.min || returns.max || returns.partial !== null;
  if (returns.all || returns.count || !picks) return uids;
  const picked = new Set(returns.partial ? takePartial(uids, returns.partial) : []);
  if (returns.min) for (const uid of uids.slice(0, 1)) picked.add(uid);
  if (returns.max) for (const uid of uids.slice(-1)) picked.add(uid);
  return [...picked];
}
