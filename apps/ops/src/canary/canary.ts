import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, type BusLogger, endsWithin, Lease } from '@postroad/bus';
import { type Metrics, METRICS } from '@postroad/telemetry';
import { CanaryLost, fly } from './flight.ts';
import type { CanarySettings } from './settings.ts';

/** For one flight: an answer that takes longer is none. */
const TIMEOUT_MS = 30_000;
const RELEASE_MS = 1_000;

interface Deps {
  readonly bus: Bus;
  readonly metrics: Metrics;
  readonly logger: BusLogger;
  /** Name of this process in the lease. */
  readonly instance: string;
}

/**
 * Sends a canary now and then: one process of all that are configured to (a lease), one at a time. Tells how it went in the metrics,
 * and of each loss in the log.
 */
export function startCanary(deps: Deps, settings: CanarySettings, timeoutMs = TIMEOUT_MS): { drain(): Promise<void> } {
  let tenure: Tenure | null = null;
  let last: Result | null = null;
  const end = (): Promise<void> => {
    const ended = tenure?.end();
    // another process tells from here on
    tenure = last = null;
    return ended ?? Promise.resolve();
  };
  const lease = Lease.compete(deps.bus, 'canary', {
    owner: deps.instance,
    logger: deps.logger,
    onAcquired: () => {
      void end();
      tenure = new Tenure(deps, settings, timeoutMs, (result) => {
        last = { success: result.success, arrived: result.arrived ?? last?.arrived ?? null };
      });
    },
    onLost: () => void end(),
  });
  deps.metrics.gauges(METRICS.canarySuccess, () =>
    last === null ? [] : [{ labels: {}, value: last.success ? 1 : 0 }],
  );
  deps.metrics.gauges(METRICS.canaryLast, () =>
    last?.arrived === null || last === null ? [] : [{ labels: {}, value: last.arrived }],
  );
  return {
    drain: async () => {
      await end();
      await endsWithin(lease.release(), RELEASE_MS);
    },
  };
}

interface Result {
  readonly success: boolean;
  /** Unix time, seconds; null: did not. */
  readonly arrived: number | null;
}

/** The canaries of a process while the lease is its own. */
class Tenure {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(deps: Deps, settings: CanarySettings, timeoutMs: number, told: (result: Result) => void) {
    const { signal } = this.#stop;
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        const began = performance.now();
        const result = await flyOnce(deps, settings, timeoutMs, signal);
        if (result !== null && !signal.aborted) told(result);
        const wait = Math.max(0, settings.everyMs - (performance.now() - began));
        await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
      }
    };
    this.#done = run();
  }

  /** Gives up the flight under way; it counts as none. */
  end(): Promise<void> {
    this.#stop.abort();
    return this.#done;
  }
}

async function flyOnce(
  { metrics, logger }: Deps,
  settings: CanarySettings,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Result | null> {
  try {
    const ms = await fly(settings, timeoutMs, signal);
    metrics.count(METRICS.canaryRuns, { outcome: 'ok' });
    metrics.observe(METRICS.canarySeconds, {}, ms / 1_000);
    return { success: true, arrived: Date.now() / 1_000 };
  } catch (error) {
    if (signal.aborted) return null;
    if (!(error instanceof CanaryLost)) throw error;
    metrics.count(METRICS.canaryRuns, { outcome: error.step });
    logger.warn({ step: error.step, address: settings.address }, error.message);
    return { success: false, arrived: null };
  }
}
