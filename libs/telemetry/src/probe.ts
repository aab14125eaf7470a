/** Why something cannot be used now, in one line; null when it can. */
export type Readiness = () => string | null | Promise<string | null>;

interface ProbeTimes {
  /** Milliseconds for which an answer counts. Default 5 s. */
  readonly keepMs?: number;
  /** Milliseconds after which no answer is one. Default 2 s. */
  readonly timeoutMs?: number;
}

/**
 * A real question to something we depend on, as often as it is asked, but at most once in `keepMs` and never twice at once: what
 * hangs is not asked again before it has answered.
 */
export function probe(name: string, ask: () => Promise<unknown>, times: ProbeTimes = {}): Readiness {
  const { keepMs = 5_000, timeoutMs = 2_000 } = times;
  let known: { readonly reason: string | null; readonly until: number } | null = null;
  let asking: Promise<string | null> | null = null;
  const answer = async (): Promise<string | null> => {
    let reason: string | null = null;
    try {
      await ask();
    } catch (error) {
      reason = `${name}: ${error instanceof Error ? error.message : String(error)}`;
    }
    known = { reason, until: performance.now() + keepMs };
    asking = null;
    return reason;
  };
  return async () => {
    if (known !== null && performance.now() < known.until) return known.reason;
    asking ??= answer();
    const late = Promise.withResolvers<string>();
    const timer = setTimeout(() => late.resolve(`${name}: no answer within ${timeoutMs} ms`), timeoutMs);
    const reason = await Promise.race([asking, late.promise]);
    clearTimeout(timer);
    return reason;
  };
}
