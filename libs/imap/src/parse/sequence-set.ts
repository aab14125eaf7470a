/** A sequence set (RFC 3501 §9): ranges as written, `*` as Infinity. */
export type SequenceSet = readonly (readonly [first: number, last: number])[];

const SET = /^(?:\d{1,10}|\*)(?::(?:\d{1,10}|\*))?(?:,(?:\d{1,10}|\*)(?::(?:\d{1,10}|\*))?)*$/;

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
  return n === Infinity || n <= 0xffffffff;
}

/** UIDs named by a set of sequence numbers, ascending, each once; numbers above the last message name nothing. */
export function uidsBySequence(set: SequenceSet, uids: readonly number[]): number[] {
  return pick(set, uids, uids.length, (n) => n - 1);
}

/** UIDs named by a set of UIDs that are among `uids` (ascending). `n:*` always names the last (RFC 3501 §6.4.8). */
export function uidsByUid(set: SequenceSet, uids: readonly number[]): number[] {
  return pick(set, uids, uids.at(-1) ?? 0, (n) => lowerBound(uids, n));
}

function pick(set: SequenceSet, uids: readonly number[], star: number, indexOf: (n: number) => number): number[] {
  if (uids.length === 0) return [];
  const spans = set.map(([a, b]): [number, number] => {
    const [first, last] = [a === Infinity ? star : a, b === Infinity ? star : b];
    return [indexOf(Math.min(first, last)), indexOf(Math.max(first, last) + 1)];
  });
  spans.sort((x, y) => x[0] - y[0]);
  const picked: number[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    for (at = Math.max(at, from); at < to && at < uids.length; at++) picked.push(uids[at] ?? 0);
  }
  return picked;
}

/** First index whose value is not below `n`. */
export function lowerBound(values: readonly number[], n: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < n) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Ascending numbers as a set, e.g. `1:3,7`. */
export function formatSet(numbers: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < numbers.length;) {
    const first = numbers[i] ?? 0;
    let last = first;
    while (numbers[i + 1] === last + 1) last = numbers[++i] ?? 0;
    ranges.push(first === last ? String(first) : `${String(first)}:${String(last)}`);
    i++;
  }
  return ranges.join(',');
}
