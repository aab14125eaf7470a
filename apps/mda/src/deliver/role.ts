import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumption, CONSUMERS } from '@postroad/bus';
import { METRICS } from '@postroad/telemetry';
import { type Job, jobsOf, openBatch } from './batch.ts';
import type { DeliverConfig, DeliverDeps } from './deps.ts';
import { fileJobs, StoreDown } from './file-jobs.ts';
import { startLocalRetry } from './local-retry.ts';
import { settleWork } from './settle.ts';

export const DELIVER_CONSUMER = CONSUMERS.deliver.durable;

/** The role `deliver` of the MDA: files what the router sent, many messages in one transaction (DESIGN §3.4). */
export async function startDeliver(
  deps: DeliverDeps,
  config: DeliverConfig,
): Promise<{ drain(ms?: number): Promise<void> }> {
  const { batch = 64, concurrency = 3 } = config;
  const stop = new AbortController();
  const consumption: Consumption = await deps.bus.consume({
    stream: 'DELIVER',
    durable: DELIVER_CONSUMER,
    filter: 'deliver.>',
    maxBatch: batch,
    concurrency,
    inFlight: batch * concurrency,
    handler: async (sources) => {
      const works = await openBatch(deps, sources);
      const jobs = await jobsOf(deps, works);
      await fileWhenUp(deps, consumption, jobs, stop.signal);
      const byWork = Map.groupBy(jobs, (job) => job.work);
      await Promise.all(works.map((work) => settleWork(deps, config, work, byWork.get(work) ?? [])));
    },
    onError: (error) => {
      if (!stop.signal.aborted) deps.logger.error({ err: error }, 'a batch of deliveries failed; it is tried again');
    },
  });
  const retry = startLocalRetry(deps, config);
  return {
    drain: async (ms) => {
      stop.abort();
      await Promise.all([consumption.drain(ms), retry.drain(ms)]);
    },
  };
}

/**
 * While the store is down nothing more is pulled; what is in hand waits for it (its ack time is extended meanwhile); at a drain it
 * goes back to the broker.
 */
async function fileWhenUp(
  deps: DeliverDeps,
  consumption: Consumption,
  jobs: readonly Job[],
  stop: AbortSignal,
): Promise<void> {
  for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
    try {
      await fileJobs(deps, jobs);
      return consumption.resume();
    } catch (error) {
      if (!(error instanceof StoreDown) || stop.aborted) throw error;
      consumption.pause();
      deps.logger.error({ err: error }, 'the mailbox store is down; deliveries wait');
      deps.metrics.count(METRICS.storeDown, {});
      await sleep(wait, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}
