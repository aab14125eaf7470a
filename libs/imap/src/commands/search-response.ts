import type { SearchReturns } from '../parse/search-returns.ts';
import { takePartial } from '../parse/partial-range.ts';
import { formatSet } from '../parse/sequence-set.ts';
import type { Context } from '../session/context.ts';
import type { View } from '../session/view.ts';
import { formatString } from '../write/strings.ts';

/** UIDs or sequence numbers: a large answer stays as the store gave it. */
export type Numbers = readonly number[] | Uint32Array;

export interface Found {
  /** UIDs in the order in which they are answered. */
  readonly uids: Numbers;
  /** Highest MODSEQ of them; null when it was not asked for. */
  readonly modseq: number | null;
}

/** Of what the store found, in its order, what this client knows: mostly all of it, as it is. */
export function knownOf(view: View, uids: Uint32Array): Numbers {
  for (const uid of uids) if (view.sequence(uid) === 0) return uids.filter((uid) => view.sequence(uid) > 0);
  return uids;
}

/** Sequence numbers of UIDs, or the UIDs themselves. */
function numbersOf({ view }: Context, uids: Numbers, byUid: boolean): Numbers {
  return byUid ? uids : Uint32Array.from(uids, (uid) => view.sequence(uid));
}

/** `* SEARCH` or `* SORT` (RFC 3501 §7.2.5, RFC 5256 §4). */
export function writePlain(context: Context, name: 'SEARCH' | 'SORT', found: Found, byUid: boolean): void {
  const numbers = numbersOf(context, found.uids, byUid);
  const modseq = found.modseq === null || numbers.length === 0 ? '' : ` (MODSEQ ${String(found.modseq)})`;
  context.output.text(`* ${name}`);
  context.output.numbers(numbers);
  context.output.line(modseq);
}

/** `* ESEARCH` (RFC 4731 §3.2); what names a message is left out when there is none. */
export function writeExtended(context: Context, found: Found, returns: SearchReturns, byUid: boolean): void {
  const { uids } = found;
  const name = (picked: Numbers): string => formatSet(numbersOf(context, picked, byUid));
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
export function saved(uids: Numbers, returns: SearchReturns): Numbers {
  return picked(uids, returns) ?? uids;
}

/** What MIN, MAX and PARTIAL name; null when all that was found is told or counted. */
function picked(uids: Numbers, returns: SearchReturns): readonly number[] | null {
  const picks = returns.min || returns.max || returns.partial !== null;
  if (returns.all || returns.count || !picks) return null;
  const names = new Set(returns.partial ? takePartial(uids, returns.partial) : []);
  if (returns.min) for (const uid of uids.slice(0, 1)) names.add(uid);
  if (returns.max) for (const uid of uids.slice(-1)) names.add(uid);
  return [...names];
}

/** MODSEQ of an answer: the highest of the messages it names, or of all that were found (RFC 7162 §3.1.10, RFC 9394 §3.1). */
export async function modseqOf(
  { account, view }: Context,
  result: { readonly uids: Numbers; readonly modseq: number },
  returns: SearchReturns | null,
): Promise<number> {
  const names = returns && picked(result.uids, returns);
  if (!names) return result.modseq;
  let modseq = 0;
  const ascending = Array.from(names).sort((a, b) => a - b);
  for await (const message of account.fetch(view.mailboxId, ascending, {})) modseq = Math.max(modseq, message.modseq);
  return modseq;
}
