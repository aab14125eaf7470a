import type { Arguments } from './arguments.ts';

/** A page of results (RFC 9394 §3.1): from `first` to `last` counted from 1, or from the end when both are negative. */
export interface PartialRange {
  readonly first: number;
  readonly last: number;
  /** As the client wrote it. */
  readonly text: string;
}

const RANGE = /-?\d{1,10}:-?\d{1,10}/y;

/** `1:100` or `-1:-100`, either way round. */
export function parsePartialRange(args: Arguments): PartialRange {
  const text = args.match(RANGE) ?? args.fail('a range like 1:100 or -1:-100');
  const [a = 0, b = 0] = text.split(':').map(Number);
  if (a === 0 || b === 0 || a < 0 !== b < 0 || Math.max(Math.abs(a), Math.abs(b)) > 0xffffffff)
    return args.fail('a range of numbers above 0 or of negative ones');
  return { first: Math.min(a, b), last: Math.max(a, b), text };
}

/** What of a list is on the page. */
export function takePartial<T extends readonly number[] | Uint32Array>(list: T, { first, last }: PartialRange): T {
  // from the end −1 is the last: −100 to −1 are the last hundred
  if (first < 0) return list.slice(Math.max(0, list.length + first), Math.max(0, list.length + last + 1)) as T;
  return list.slice(first - 1, last) as T;
}
