import { decodeRecord, type DeliverRecord, type JsMsg, type RecordRecipient, UnknownVersion } from '@postroad/bus';
import type { QueueId } from '@postroad/mail';
import type { DeliveryItem, DeliveryResult } from '@postroad/mailstore';
import { SpoolCorrupt, type SpoolMessage } from '@postroad/spool';
import { type MailSpan, METRICS } from '@postroad/telemetry';
import type { DeliverDeps } from './deps.ts';
import { deliveryItem } from './delivery-item.ts';

/** One recipient of one work item, ready for the store. */
export interface Job {
  readonly work: Work;
  readonly recipient: RecordRecipient;
  readonly item: DeliveryItem;
  result: DeliveryResult | null;
  /** Set when the store refused this job on its own. */
  error: unknown;
}

/** One work item with its message. */
export interface Work {
  readonly source: JsMsg;
  readonly record: DeliverRecord;
  readonly message: SpoolMessage;
  readonly span: MailSpan;
}

/** Reads records and contents of a batch. What cannot be read is neither delivered nor acked: it comes again, with an alarm. */
export async function openBatch(deps: DeliverDeps, sources: readonly JsMsg[]): Promise<Work[]> {
  const read = new Map<QueueId, Promise<SpoolMessage | null>>();
  const works = await Promise.all(sources.map((source) => openWork(deps, source, read)));
  return works.filter((work) => work !== null);
}

async function openWork(
  deps: DeliverDeps,
  source: JsMsg,
  read: Map<QueueId, Promise<SpoolMessage | null>>,
): Promise<Work | null> {
  try {
    const record = decodeRecord<DeliverRecord>(source.data, [1]);
    let reading = read.get(record.queueId);
    if (reading === undefined) read.set(record.queueId, (reading = deps.spool.read(record.queueId)));
    const message = await reading;
    if (message === null) throw new SpoolCorrupt(`the content of ${record.queueId} is not in the spool`);
    const span = deps.tracing.span('mda.deliver', {
      parent: record.traceparent,
      attributes: { 'postroad.queue_id': record.queueId },
    });
    return { source, record, message, span };
  } catch (error) {
    if (!(error instanceof UnknownVersion) && !(error instanceof SpoolCorrupt)) throw error;
    deps.logger.error(
      { err: error, subject: source.subject },
      'a delivery that cannot be read is held; somebody must look',
    );
    deps.metrics.count(METRICS.deliveriesUnreadable, {});
    return null;
  }
}

export async function jobsOf(deps: DeliverDeps, works: readonly Work[]): Promise<Job[]> {
  const jobs = works.flatMap((work) =>
    work.record.recipients.map(async (recipient): Promise<Job> => {
      const { reversePath, prefix } = work.record;
      const item = await deliveryItem(work.message, { recipient, reversePath, prefix }, deps.directory);
      return { work, recipient, item, result: null, error: null };
    }),
  );
  return Promise.all(jobs);
}
