import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '@postroad/mailstore';
import { METRICS } from '@postroad/telemetry';
import type { Job } from './batch.ts';
import type { DeliverDeps } from './deps.ts';

/** How often a job that fails alone is tried before it is held (DESIGN §3.4). */
const TRIES_ALONE = 3;

/** The store is down; nothing is wrong with the items. */
export class StoreDown extends Error {
  readonly code = 'STORE_DOWN';
}

/**
 * Files jobs in one transaction. When that fails for a reason that is not the store's health, the batch is halved until
 * the job is alone that spoils it; that one gets three tries and then carries its error.
 * @throws StoreDown
 */
export async function fileJobs(deps: DeliverDeps, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return;
  try {
    await commit(deps, jobs);
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'UNAVAILABLE' || error.code === 'CLOSED'))
      throw new StoreDown('the mailbox store cannot be written', { cause: error });
    const [alone] = jobs;
    if (jobs.length === 1 && alone !== undefined) return fileAlone(deps, alone, error);
    const middle = jobs.length >> 1;
    await fileJobs(deps, jobs.slice(0, middle));
    await fileJobs(deps, jobs.slice(middle));
  }
}

async function commit({ store, metrics }: DeliverDeps, jobs: readonly Job[]): Promise<void> {
  const started = performance.now();
  const results = await store.deliver(jobs.map((job) => job.item));
  metrics.observe(METRICS.deliverCommit, {}, (performance.now() - started) / 1_000);
  metrics.observe(METRICS.deliverBatch, {}, jobs.length);
  jobs.forEach((job, i) => (job.result = results[i] ?? null));
}

async function fileAlone(deps: DeliverDeps, job: Job, first: unknown): Promise<void> {
  let error = first;
  for (let i = 1; i < TRIES_ALONE; i++) {
    await sleep(200 * i);
    try {
      await commit(deps, [job]);
      return;
    } catch (again) {
      if (again instanceof StoreError && (again.code === 'UNAVAILABLE' || again.code === 'CLOSED'))
        throw new StoreDown('the mailbox store cannot be written', { cause: again });
      error = again;
    }
  }
  job.error = error;
}
