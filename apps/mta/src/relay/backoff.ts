/**
 * Milliseconds until the next try after `attempts` of them: `first` doubling to `longest`, less up to a half at random, so
 * that messages that failed together do not come back together (RFC 5321 §4.5.4.1).
 */
export function backoff(attempts: number, first: number, longest: number, random: () => number = Math.random): number {
  const whole = Math.min(first * 2 ** Math.min(Math.max(attempts - 1, 0), 30), longest);
  return Math.round(whole * (1 - random() / 2));
}
