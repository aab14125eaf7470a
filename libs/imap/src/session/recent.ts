import type { UidRange } from '../backend.ts';
import type { UidRuns } from './uid-runs.ts';

/** Messages that are `\Recent` to this session (RFC 3501 §2.3.2): a few ranges of UIDs, those that came while it looked. */
export class Recent {
  #ranges: UidRange[] | null = null;

  add(first: number, last: number): void {
    if (first > last) return;
    const before = this.#ranges?.at(-1);
    if (before && first <= before.last + 1)
      this.#ranges?.splice(-1, 1, { first: before.first, last: Math.max(before.last, last) });
    else (this.#ranges ??= []).push({ first, last });
  }

  has(uid: number): boolean {
    return this.#ranges?.some(({ first, last }) => uid >= first && uid <= last) ?? false;
  }

  count(runs: UidRuns): number {
    return this.#ranges?.reduce((sum, range) => sum + runs.countIn(range), 0) ?? 0;
  }

  get ranges(): readonly UidRange[] {
    return this.#ranges ?? [];
  }
}
