import type { MailboxChanges, UidRange } from '../backend.ts';
import type { QresyncParameters } from '../parse/qresync.ts';
import { formatRanges, mergeRanges, type SequenceSet } from '../parse/sequence-set.ts';
import type { Context } from './context.ts';
import { formatState } from './sync.ts';
import type { View } from './view.ts';

const ALL: readonly UidRange[] = [{ first: 1, last: 0xffffffff }];

/**
 * RFC 7162 §3.2.5: what has changed since a MODSEQ of a UIDVALIDITY: `VANISHED (EARLIER)` and FETCH. With another UIDVALIDITY all
 * the client knows is void, and the parameter is passed over.
 */
export async function resynchronise(context: Context, parameters: QresyncParameters): Promise<void> {
  const { account, output, view, mode } = context;
  if (parameters.uidValidity !== view.uidValidity) return;
  const changes = await account.changesSince(view.mailboxId, parameters.modseq);
  const known = parameters.known ?? ALL;
  tellVanished(context, changes, known, parameters.match);
  for (const message of changes.messages) {
    if (view.sequence(message.uid) === 0 || !includes(known, message.uid)) continue;
    output.untagged(formatState(view, message, mode));
    await output.room();
  }
}

/** `VANISHED (EARLIER)` for what of `known` is gone since then (RFC 7162 §3.2.10.1). */
export function tellVanished(
  { output, view }: Context,
  changes: MailboxChanges,
  known: readonly UidRange[],
  match: QresyncParameters['match'] = null,
): void {
  // what went after this view was made still has its number: the next sync tells it, once
  const gone = changes.vanished.filter((uid) => includes(known, uid) && view.sequence(uid) === 0);
  const vanished = changes.complete
    ? mergeRanges(gone.map((uid) => ({ first: uid, last: uid })))
    : missing(view, known, match);
  if (vanished.length > 0) output.untagged(`VANISHED (EARLIER) ${formatRanges(vanished)}`);
}

/**
 * What of `known` is no message: more than the client knew perhaps, which does no harm (RFC 7162 §3.2.5.2). Up to the last number
 * of its match data that still means the same message nothing has vanished.
 */
function missing(view: View, known: readonly UidRange[], match: QresyncParameters['match']): UidRange[] {
  const from = match ? lastAgreed(view, match.numbers, match.uids) + 1 : 1;
  const last = view.uidNext - 1;
  const clipped = known
    .map((range) => ({ first: Math.max(range.first, from), last: Math.min(range.last, last) }))
    .filter((range) => range.first <= range.last);
  return view.runs.missingIn(clipped);
}

/** The highest UID of the match data that has the number the client thinks, all below it too (RFC 7162 §3.2.5.2). */
function lastAgreed(view: View, numbers: SequenceSet, uids: SequenceSet): number {
  let agreed = 0;
  const uid = valuesOf(uids);
  for (const number of valuesOf(numbers)) {
    const next = uid.next();
    if (next.done || view.runs.uidAt(number) !== next.value) break;
    agreed = next.value;
  }
  return agreed;
}

/** Numbers of a set one by one; the first that does not fit ends the comparison, so that a long range costs nothing. */
function* valuesOf(set: SequenceSet): Generator<number, undefined> {
  for (const [first, last] of set) for (let n = first; n <= last; n++) yield n;
}

/** Whether a UID is in ascending ranges. */
function includes(ranges: readonly UidRange[], uid: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.last ?? 0) < uid) low = middle + 1;
    else high = middle;
  }
  return (ranges[low]?.first ?? Infinity) <= uid;
}
