import { setTimeout as sleep } from 'node:timers/promises';
import { Conflict, moveQueueRecord, plainAddress, type QueueRecord, type StoredRecord } from '@postroad/bus';
import type { Outcome } from '@postroad/mail';
import { type NotifiedRecipient, type SpoolMessage, spoolNotification } from '@postroad/spool';
import { METRICS, statusClass } from '@postroad/telemetry';
import { reread } from './claim.ts';
import type { RelayContext } from './context.ts';
import { decide, type Decision, type OutcomeContext } from './outcome.ts';
import type { Fate } from './reply-status.ts';
import type { Entry } from './schedule.ts';

/** What one attempt (or the news that none is possible) ended with. */
export interface Ending {
  readonly fates: readonly Fate[];
  readonly context: Omit<OutcomeContext, 'now'>;
  /** The message, when it is at hand. */
  readonly message: SpoolMessage | null;
  /** Host that was spoken to. */
  readonly host?: string;
}

/** An outcome that is known must get written: nobody else knows it. Tried that long, in ms. */
const OUTCOME_DEADLINE_MS = 30 * 60_000;
const NOTIFY_TRIES = 3;

/** Writes what became of a record: first the notifications (repeating them makes no second one), then its next state. */
export async function settle(context: RelayContext, entry: Entry, from: StoredRecord, ending: Ending): Promise<void> {
  const { schedule, settings, deps } = context;
  const now = Date.now();
  let decision = decide(from.record, ending.fates, { ...ending.context, now }, settings);
  const told = await notify(context, from.record, decision, ending.message);
  if (told === 'missing') return holdRecord(context, entry, from, 'its message is not in the spool');
  // The spool takes nothing now: those who failed stay, so that their senders are told at another time.
  if (told === 'later') decision = untold(from.record, ending, now, context);
  try {
    const stored = await moveQueueRecord(deps.bus, from, decision.next, OUTCOME_DEADLINE_MS);
    const { state, dueAt } = decision.next;
    schedule.leave(entry, { seq: stored.seq, state, dueAt, record: null });
  } catch (error) {
    if (!(error instanceof Conflict)) {
      deps.logger.error({ err: error, subject: from.subject }, 'the outcome of an attempt could not be written');
      return schedule.postpone(entry, now + 60_000);
    }
    // An operator's move, or a new owner of the shard that did not wait for us.
    deps.logger.warn(
      { subject: from.subject, queueId: from.record.queueId },
      'the record was moved by somebody else meanwhile',
    );
    return reread(context, entry);
  } finally {
    report(context, from.record, decision, ending);
  }
}

function untold(record: QueueRecord, ending: Ending, now: number, { settings }: RelayContext): Decision {
  const early = { ...ending.context, now: Math.min(now, record.expiresAt - 1) };
  const decision = decide(record, ending.fates.map(unfailed), early, { ...settings, delayNotice: Infinity });
  return { ...decision, next: { ...decision.next, dueAt: now + settings.retryFirst } };
}

const unfailed = (fate: Fate): Fate => (fate.kind === 'failed' ? { ...fate, kind: 'deferred', status: '4.3.1' } : fate);

/** Tells senders. `later`: a failure could not be told for now. `missing`: there is no original to tell about. */
async function notify(
  context: RelayContext,
  record: QueueRecord,
  decision: Decision,
  message: SpoolMessage | null,
): Promise<'told' | 'later' | 'missing'> {
  const { failed, delayNotices, relayNotices } = decision;
  if (failed.length + delayNotices.length + relayNotices.length === 0 || record.reversePath === null) return 'told';
  for (let tries = 1; ; tries++) {
    try {
      const original = message ?? (await context.deps.spool.read(record.queueId));
      if (original === null) return 'missing';
      await tell(context, record, original, 'failed', failed);
      await tell(context, record, original, 'relayed', relayNotices);
      await tell(context, record, original, 'delayed', delayNotices);
      return 'told';
    } catch (error) {
      context.deps.logger.warn({ err: error, queueId: record.queueId }, 'a notification could not be spooled');
      if (tries === NOTIFY_TRIES) return 'later';
      await sleep(500 * tries);
    }
  }
}

async function tell(
  context: RelayContext,
  record: QueueRecord,
  original: SpoolMessage,
  outcome: Outcome,
  recipients: readonly NotifiedRecipient[],
): Promise<void> {
  if (recipients.length === 0) return;
  const { deps, settings } = context;
  const queueId = await spoolNotification(deps.spool, original, {
    ...{ hostname: settings.hostname, outcome, recipients },
    ...(record.traceparent === undefined ? {} : { traceparent: record.traceparent }),
  });
  if (queueId !== null)
    deps.events({
      agent: 'mta',
      step: 'notified',
      queueId: record.queueId,
      detail: `${outcome}, as ${queueId}`,
      ...addresses(recipients.map((r) => r.finalRecipient)),
    });
}

/** Sets a record aside for a person: nothing can be sent, and nothing may be thrown away (DESIGN §3.7). */
export async function holdRecord(
  context: RelayContext,
  entry: Entry,
  from: StoredRecord,
  because: string,
): Promise<void> {
  const { deps, schedule } = context;
  const { claim: _claim, ...rest } = from.record;
  const { queueId } = from.record;
  deps.logger.error({ queueId, subject: from.subject, because }, 'a queue record is held');
  deps.metrics.count(METRICS.relayHeld, {});
  deps.events({ agent: 'mta', step: 'held', queueId, detail: because });
  try {
    const stored = await moveQueueRecord(
      deps.bus,
      from,
      { ...rest, state: 'held', heldBecause: because },
      OUTCOME_DEADLINE_MS,
    );
    schedule.leave(entry, { seq: stored.seq, state: 'held', dueAt: rest.dueAt, record: null });
  } catch {
    await reread(context, entry);
  }
}

const addresses = (paths: readonly { localPart: string; domain: string }[]) => ({
  recipients: paths.map(plainAddress),
});

/** Recipients by outcome and class of status. An attempt that was made also tells how long its message was on the way. */
function measure(
  { deps, settings, busiest }: RelayContext,
  record: QueueRecord,
  decision: Decision,
  ending: Ending,
): void {
  const { pool } = settings;
  const statuses = (kind: Fate['kind']) =>
    ending.fates.filter((fate) => fate.kind === kind).map(({ status }) => status);
  // Those who could not be told of their failure are deferred, whatever the peer said.
  const deferred = statuses('deferred').slice(0, decision.deferred.length);
  const untold = decision.deferred.length - deferred.length;
  const outcomes = {
    relayed: statuses('relayed'),
    deferred: [...deferred, ...new Array<string>(untold).fill('4.3.1')],
    failed: decision.failed.map(({ status }) => status.status),
  };
  for (const outcome of ['relayed', 'deferred', 'failed'] as const) {
    if (outcomes[outcome].length === 0) continue;
    busiest.count(record.domain, outcome, outcomes[outcome].length);
    for (const status of outcomes[outcome])
      deps.metrics.count(METRICS.relayRecipients, { pool, outcome, status: statusClass(status) });
  }
  if (decision.relayed.length > 0)
    deps.metrics.observe(METRICS.relaySeconds, { pool }, Math.max(Date.now() - record.createdAt, 0) / 1_000);
}

function report(context: RelayContext, record: QueueRecord, decision: Decision, ending: Ending): void {
  const { deps } = context;
  measure(context, record, decision, ending);
  const { relayed, deferred, failed } = decision;
  const common = {
    agent: 'mta' as const,
    queueId: record.queueId,
    ...(ending.host === undefined ? {} : { host: ending.host }),
    ...(record.traceparent === undefined ? {} : { traceparent: record.traceparent }),
  };
  const saying = (kind: Fate['kind']) => {
    const fate = ending.fates.find((each) => each.kind === kind);
    return fate === undefined ? {} : { status: fate.status, detail: fate.diagnostic };
  };
  if (relayed.length > 0)
    deps.events({ ...common, step: 'relayed', ...addresses(relayed.map((r) => r.forwardPath)), ...saying('relayed') });
  if (deferred.length > 0)
    deps.events({
      ...common,
      step: 'deferred',
      ...addresses(deferred.map((r) => r.forwardPath)),
      ...saying('deferred'),
    });
  const [first] = failed;
  if (first !== undefined) {
    const { status, diagnostic: detail } = first.status;
    deps.events({ ...common, step: 'failed', ...addresses(failed.map((r) => r.finalRecipient)), status, detail });
  }
}
