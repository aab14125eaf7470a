import type { UidRange } from '../backend.ts';
import type { Arguments } from './arguments.ts';
import { rangesOf, SAVED, type SequenceSet } from './sequence-set.ts';

/** The QRESYNC parameter of SELECT (RFC 7162 §3.2.5). */
export interface QresyncParameters {
  readonly uidValidity: number;
  readonly modseq: number;
  /** UIDs the client knows; null for all. */
  readonly known: readonly UidRange[] | null;
  /** Sequence numbers and the UIDs they belonged to when the client last looked; ascending, equally many. */
  readonly match: { readonly numbers: SequenceSet; readonly uids: SequenceSet } | null;
}

/** `(uidvalidity modseq [known-uids [(numbers uids)]])`, the space in front of it included. */
export function parseQresync(args: Arguments): QresyncParameters {
  args.expect(' (');
  const uidValidity = args.number32();
  args.space();
  const modseq = args.number();
  let known: readonly UidRange[] | null = null;
  let match: QresyncParameters['match'] = null;
  if (args.skip(' ') && args.peek() !== ')') {
    if (args.peek() !== '(') {
      known = rangesOf(plainSet(args), 0);
      args.skip(' ');
    }
    if (args.skip('(')) {
      const numbers = plainSet(args);
      args.space();
      match = { numbers, uids: plainSet(args) };
      args.expect(')');
    }
  }
  args.expect(')');
  return { uidValidity, modseq, known, match };
}

/** A set without `*` and `$` (RFC 7162 §7, known-sequence-set). */
function plainSet(args: Arguments): SequenceSet {
  const set = args.set();
  if (set === SAVED || set.some(([, last]) => last === Infinity)) args.fail('a set of numbers');
  return set;
}
