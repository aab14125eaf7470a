import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumption } from '@postroad/bus';
import { type Job, jobsOf, openBatch } from './batch.ts';
import type { DeliverConfig, DeliverDeps } from './deps.ts';
import { fileJobs, StoreDown } from './file-jobs.ts';
import { startLocalRetry } from './local-retry.ts';
import { settleWork } from './settle.ts';

const DELIVER_CONSUMER = 'mda';

/** The role `deliver` of the MDA: files what the router sent, many messages in one transaction (DESIGN §3.4). */
export async function startDeliver(deps: DeliverDeps, config: DeliverConfig): Promise<{ drain(): Promise<void> }> {
  const { batch = 64, concurrency = 3 } = config;
  let stopping = false;
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
      await fileWhenUp(deps, consumption, jobs, () => stopping);
      const byWork = Map.groupBy(jobs, (job) => job.work);
      await Promise.all(works.map((work) => settleWork(deps, config, work, byWork.get(work) ?? [])));
    },
    onError: (error) => {
      if (!stopping) deps.logger.error({ err: error }, 'a batch of deliveries failed; it is tried again');
    },
  });
  const retry = startLocalRetry(deps, config);
  return {
    drain: async () => {
      stopping = true;
      await Promise.all([consumption.drain(), retry.drain()]);
    },
  };
}

/** While the store is down nothing more is pulled; what is in hand waits for it (its ack time is extended meanwhile). */
async function fileWhenUp(
  deps: DeliverDeps,
  consumption: Consumption,
  jobs: readonly Job[],
  stopping: () => boolean,
): Promise<void> {
  for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
    try {
      await fileJobs(deps, jobs);
      return consumption.resume();
    } catch (error) {
      if (!(error instanceof StoreDown) || stopping()) throw error;
      consumption.pause();
      deps.logger.error({ err: error }, 'the mailbox store is down; deliveries wait');
      deps.metrics.count('postroad_store_down_total', 'Times the mailbox store refused a batch because it was down.');
      await sleep(wait);
    }
  }
}
