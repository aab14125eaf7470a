import type { UidRange } from '../backend.ts';

type Numbers = Uint32Array | readonly number[];

const SHORT = 16;

/**
 * The UIDs of a mailbox by sequence number, as runs of consecutive UIDs: eight octets for each run, whatever its length. Never
 * changed once made, so that sessions can share one.
 */
export class UidRuns {
  /** First UID of each run, and its sequence number. */
  readonly #starts: Numbers;
  readonly #numbers: Numbers;
  readonly count: number;

  private constructor(starts: Numbers, numbers: Numbers, count: number) {
    this.#starts = starts;
    this.#numbers = numbers;
    this.count = count;
  }

  /** From UIDs in ascending order. */
  static of(uids: ArrayLike<number>): UidRuns {
    const builder = new Builder();
    for (let i = 0; i < uids.length; i++) builder.add(uids[i] ?? 0, 1);
    return builder.done((...parts) => new UidRuns(...parts));
  }

  get runs(): number {
    return this.#starts.length;
  }

  /** The highest UID, 0 when there is none. */
  get last(): number {
    return this.uidAt(this.count);
  }

  /** UID of a sequence number; 0 when there is no such message. */
  uidAt(number: number): number {
    if (number < 1 || number > this.count) return 0;
    const run = lastAtMost(this.#numbers, number);
    return (this.#starts[run] ?? 0) + number - (this.#numbers[run] ?? 0);
  }

  /** Sequence number of a UID; 0 when there is no such message. */
  sequence(uid: number): number {
    const run = lastAtMost(this.#starts, uid);
    if (run < 0) return 0;
    const number = (this.#numbers[run] ?? 0) + uid - (this.#starts[run] ?? 0);
    return number < this.#end(run) ? number : 0;
  }

  /** Messages with UIDs below `uid`. */
  countBelow(uid: number): number {
    const run = lastAtMost(this.#starts, uid);
    if (run < 0) return 0;
    return Math.min((this.#numbers[run] ?? 0) + uid - (this.#starts[run] ?? 0), this.#end(run)) - 1;
  }

  countIn({ first, last }: UidRange): number {
    return this.countBelow(last + 1) - this.countBelow(first);
  }

  /** UIDs there are in ascending ranges. */
  uidsIn(ranges: readonly UidRange[]): number[] {
    const uids: number[] = [];
    for (const range of ranges) {
      const to = this.countBelow(range.last + 1);
      for (let number = this.countBelow(range.first) + 1; number <= to;) {
        const run = lastAtMost(this.#numbers, number);
        const end = Math.min(this.#end(run) - 1, to);
        const shift = (this.#starts[run] ?? 0) - (this.#numbers[run] ?? 0);
        for (; number <= end; number++) uids.push(number + shift);
      }
    }
    return uids;
  }

  /** What of ascending ranges is no message here. */
  missingIn(ranges: readonly UidRange[]): UidRange[] {
    const missing: UidRange[] = [];
    for (const { first, last } of ranges) {
      let from = first;
      for (let run = Math.max(0, lastAtMost(this.#starts, first)); run < this.runs && from <= last; run++) {
        const start = this.#starts[run] ?? 0;
        if (start > last) break;
        if (start > from) missing.push({ first: from, last: start - 1 });
        from = Math.max(from, start + this.#end(run) - (this.#numbers[run] ?? 0));
      }
      if (from <= last) missing.push({ first: from, last });
    }
    return missing;
  }

  /** The same without some UIDs, given ascending; all of them must be here. */
  without(uids: ArrayLike<number>): UidRuns {
    const builder = new Builder();
    let next = 0;
    for (let run = 0; run < this.runs; run++) {
      let uid = this.#starts[run] ?? 0;
      const end = uid + this.#end(run) - (this.#numbers[run] ?? 0);
      while (uid < end) {
        const gone = next < uids.length ? (uids[next] ?? Infinity) : Infinity;
        const stop = Math.min(gone, end);
        if (stop > uid) builder.add(uid, stop - uid);
        uid = stop;
        if (stop === gone) {
          uid++;
          next++;
        }
      }
    }
    return builder.done((...parts) => new UidRuns(...parts));
  }

  /** The same with some UIDs behind the last, given ascending. */
  with(uids: ArrayLike<number>): UidRuns {
    if (uids.length === 0) return this;
    const builder = new Builder();
    for (let run = 0; run < this.runs; run++)
      builder.add(this.#starts[run] ?? 0, this.#end(run) - (this.#numbers[run] ?? 0));
    for (let i = 0; i < uids.length; i++) builder.add(uids[i] ?? 0, 1);
    return builder.done((...parts) => new UidRuns(...parts));
  }

  /** Sequence number behind the last of a run. */
  #end(run: number): number {
    return this.#numbers[run + 1] ?? this.count + 1;
  }
}

class Builder {
  readonly #starts: number[] = [];
  readonly #numbers: number[] = [];
  #count = 0;
  #next = 0;

  add(uid: number, length: number): void {
    if (uid !== this.#next || this.#count === 0) {
      this.#starts.push(uid);
      this.#numbers.push(this.#count + 1);
    }
    this.#count += length;
    this.#next = uid + length;
  }

  done<T>(make: (starts: Numbers, numbers: Numbers, count: number) => T): T {
    // a typed array costs two hundred octets before its first number
    const isShort = this.#starts.length <= SHORT;
    const pack = (numbers: readonly number[]): Numbers => (isShort ? numbers.slice() : Uint32Array.from(numbers));
    return make(pack(this.#starts), pack(this.#numbers), this.#count);
  }
}

/** Index of the last value that is not above `n`; −1 when all are. */
function lastAtMost(values: Numbers, n: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) <= n) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
