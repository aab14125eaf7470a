import type { Difference } from './compare.ts';

/** A class of differences from Dovecot, and the sentence of an RFC (or of our own design) that decides for our answer. */
interface Explanation {
  readonly id: string;
  readonly because: string;
  covers(difference: Difference): boolean;
}

const EXPLANATIONS: readonly Explanation[] = [];

/** The explanation of a difference; null when there is none, which is a failure of the test. */
export function explanationOf(difference: Difference): Explanation | null {
  return EXPLANATIONS.find((one) => one.covers(difference)) ?? null;
}
