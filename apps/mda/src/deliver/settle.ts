import { createQueueRecord } from '@postroad/bus';
import type { RecipientStatus } from '@postroad/mail';
import { spoolNotification } from '@postroad/spool';
import { METRICS } from '@postroad/telemetry';
import type { Job, Work } from './batch.ts';
import type { DeliverConfig, DeliverDeps } from './deps.ts';
import { localRecord } from './local-record.ts';

const DELIVERED: RecipientStatus = { outcome: 'delivered', status: '2.0.0', diagnostic: 'filed in the mailbox' };
export const OVER_QUOTA: RecipientStatus = { outcome: 'delayed', status: '4.2.2', diagnostic: 'the mailbox is full' };

/**
 * After the commit: what was deferred goes to the queue, who asked hears of success, then the item is acked (plainly: a lost
 * ack brings the item back, and the store knows it). Nothing here undoes a delivery.
 */
export async function settleWork(
  deps: DeliverDeps,
  config: DeliverConfig,
  work: Work,
  jobs: readonly Job[],
): Promise<void> {
  const now = Date.now();
  for (const job of jobs) {
    if (job.error !== null) await hold(deps, work, job, now);
    else if (job.result?.status === 'deferred')
      await createQueueRecord(
        deps.bus,
        localRecord(work.record, job.recipient, { status: OVER_QUOTA, atOnce: config.overQuota === 'refuse' }, now),
      );
  }
  const filed = jobs.filter((job) => job.result?.status === 'filed' || job.result?.status === 'duplicate');
  await notifySuccess(deps, config, work, filed);
  work.source.ack();
  report(deps, work, jobs);
  work.span.end();
}

async function hold(deps: DeliverDeps, work: Work, job: Job, now: number): Promise<void> {
  const because = job.error instanceof Error ? job.error.message : String(job.error);
  const status: RecipientStatus = { outcome: 'delayed', status: '4.3.0', diagnostic: because.slice(0, 512) };
  deps.logger.error(
    { err: job.error, queueId: work.record.queueId, account: job.recipient.accountId },
    'a delivery failed alone three times and is held',
  );
  deps.metrics.count(METRICS.deliveriesHeld, {});
  await createQueueRecord(
    deps.bus,
    localRecord(work.record, job.recipient, { status, held: because.slice(0, 512) }, now),
  );
}

async function notifySuccess(
  deps: DeliverDeps,
  config: DeliverConfig,
  work: Pick<Work, 'message' | 'record'>,
  filed: readonly Job[],
): Promise<void> {
  const asked = filed.filter((job) => job.recipient.notify?.includes('SUCCESS') === true);
  if (asked.length === 0) return;
  const notification = await spoolNotification(deps.spool, work.message, {
    hostname: config.hostname,
    outcome: 'delivered',
    recipients: asked.map(({ recipient }) => ({
      ...recipient,
      finalRecipient: recipient.forwardPath,
      status: DELIVERED,
    })),
    ...(work.record.traceparent === undefined ? {} : { traceparent: work.record.traceparent }),
  });
  if (notification !== null)
    deps.events({
      agent: 'mda',
      step: 'notified',
      queueId: work.record.queueId,
      detail: `delivered, as ${notification}`,
    });
}

function report(deps: DeliverDeps, work: Work, jobs: readonly Job[]): void {
  const { queueId, traceparent } = work.record;
  const now = Date.now();
  for (const { result, error, recipient, item } of jobs) {
    const step =
      error !== null
        ? 'held'
        : result?.status === 'filed'
          ? 'delivered'
          : result?.status === 'duplicate'
            ? 'duplicate'
            : 'deferred';
    deps.metrics.count(METRICS.delivered, { outcome: step });
    if (step === 'delivered') {
      deps.metrics.observe(METRICS.deliverySeconds, {}, Math.max(0, now - item.internalDate) / 1_000);
      deps.hints.publish(recipient.accountId ?? '');
    }
    if (step === 'deferred') deps.metrics.count(METRICS.quotaRefusals, { door: 'deliver' });
    deps.events({
      agent: 'mda',
      step,
      queueId,
      recipients: [recipient.finalRecipient ?? ''],
      ...(step === 'deferred' ? { status: OVER_QUOTA.status, detail: OVER_QUOTA.diagnostic } : {}),
      ...(traceparent === undefined ? {} : { traceparent }),
    });
  }
}
