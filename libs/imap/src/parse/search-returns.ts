import type { Arguments } from './arguments.ts';
import { parsePartialRange, type PartialRange } from './partial-range.ts';

/** RETURN options of SEARCH and SORT (RFC 4731, RFC 5182, RFC 5267 §3, RFC 9394). */
export interface SearchReturns {
  readonly min: boolean;
  readonly max: boolean;
  readonly all: boolean;
  readonly count: boolean;
  readonly save: boolean;
  readonly partial: PartialRange | null;
}

/** `RETURN (…) ` if it is next; null when it is not. */
export function parseReturns(args: Arguments): SearchReturns | null {
  if (!args.skip('RETURN ')) return null;
  const names = new Set<string>();
  let partial: PartialRange | null = null;
  args.list(() => {
    const name = args.atom().toUpperCase();
    if (name === 'PARTIAL') {
      // RFC 9394 §3.1
      if (partial) args.fail('one PARTIAL');
      args.space();
      partial = parsePartialRange(args);
    } else if (!['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'].includes(name)) args.fail('a return option');
    names.add(name);
  });
  if (names.has('ALL') && names.has('PARTIAL')) args.fail('either ALL or PARTIAL');
  args.space();
  return {
    min: names.has('MIN'),
    max: names.has('MAX'),
    // RFC 4731 §3.1: nothing named means ALL
    all: names.has('ALL') || names.size === 0,
    count: names.has('COUNT'),
    save: names.has('SAVE'),
    partial,
  };
}
