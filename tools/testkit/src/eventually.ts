import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for a machine that does much else; who waits for a condition pays only for what it takes. */
const PATIENCE_MS = 20_000;

/**
 * Asks `probe` again and again until it gives something other than a complaint (a string), and gives that; what it throws is a
 * complaint too. For what happens soon but not at once: a test that sleeps instead fails on a busy machine.
 * @throws Error with the last complaint after `ms`
 */
export async function eventually<T>(probe: () => Promise<T | string> | T | string, ms = PATIENCE_MS): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const found = await Promise.resolve().then(probe).catch(String);
    if (typeof found !== 'string') return found;
    if (performance.now() > until) throw new Error(`not within ${ms} ms: ${found}`);
    await sleep(10);
  }
}

/** {@link eventually}, for an assertion: until it no longer throws. */
export async function eventuallyHolds(assertion: () => Promise<void> | void, ms = PATIENCE_MS): Promise<void> {
  await eventually(async () => {
    await assertion();
    return true as const;
  }, ms);
}
