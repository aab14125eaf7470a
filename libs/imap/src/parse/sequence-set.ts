import type { UidRange } from '../backend.ts';

/** A sequence set (RFC 9051 §9): ranges as written, `*` as Infinity. */
export type SequenceSet = readonly (readonly [first: number, last: number])[];

/** `$`, the saved result (RFC 5182): known by identity. */
export const SAVED: SequenceSet = Object.freeze([]);

const SET = /^(?:\d{1,10}|\*)(?::(?:\d{1,10}|\*))?(?:,(?:\d{1,10}|\*)(?::(?:\d{1,10}|\*))?)*$/;
const MAX = 0xffffffff;

/** Null when the text is no sequence set, names 0 or more than 32 bits, or has more ranges than allowed. */
export function parseSequenceSet(text: string, maxRanges: number): SequenceSet | null {
  if (!SET.test(text)) return null;
  const ranges: (readonly [number, number])[] = [];
  for (const range of text.split(',')) {
    if (ranges.length >= maxRanges) return null;
    const [a = '', b = a] = range.split(':');
    const first = a === '*' ? Infinity : Number(a);
    const last = b === '*' ? Infinity : Number(b);
    if (first === 0 || last === 0 || !inRange(first) || !inRange(last)) return null;
    ranges.push([Math.min(first, last), Math.max(first, last)]);
  }
  return ranges;
}

function inRange(n: number): boolean {
  return n === Infinity || n <= MAX;
}

/** Ranges of a set in order, merged; `star` is what `*` means, 0 when there is nothing it could mean. */
export function rangesOf(set: SequenceSet, star: number): UidRange[] {
  const ranges: UidRange[] = [];
  for (const [a, b] of set) {
    const [x, y] = [a === Infinity ? star : a, b === Infinity ? star : b];
    if (x > 0 && y > 0) ranges.push({ first: Math.min(x, y), last: Math.max(x, y) });
  }
  return mergeRanges(ranges);
}

/** Sorts ranges and joins those that touch. */
export function mergeRanges(ranges: UidRange[]): UidRange[] {
  ranges.sort((x, y) => x.first - y.first);
  const merged: UidRange[] = [];
  for (const range of ranges) {
    const before = merged.at(-1);
    if (before && range.first <= before.last + 1)
      merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    else merged.push(range);
  }
  return merged;
}

/** Numbers as a set in the order given, e.g. `1:3,7`; only rising neighbours are joined. */
export function formatSet(numbers: ArrayLike<number>): string {
  let text = '';
  for (let i = 0; i < numbers.length; i++) {
    const first = numbers[i] ?? 0;
    let last = first;
    while (numbers[i + 1] === last + 1) last = numbers[++i] ?? 0;
    text += formatRange(text === '', first, last);
  }
  return text;
}

export function formatRanges(ranges: readonly UidRange[]): string {
  let text = '';
  for (const { first, last } of ranges) text += formatRange(text === '', first, last);
  return text;
}

function formatRange(isFirst: boolean, first: number, last: number): string {
  const range = first === last ? String(first) : `${String(first)}:${String(last)}`;
  return isFirst ? range : `,${range}`;
}
