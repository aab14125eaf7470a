import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Bus,
  Conflict,
  moveQueueRecord,
  plainAddress,
  type QueueRecord,
  queueRecordsOf,
  readQueueRecord,
  type StoredRecord,
} from '@postroad/bus';
import type { QueueId } from '@postroad/mail';
import { type Spool, spoolNotification } from '@postroad/spool';
import type { RelayDeps } from './context.ts';

/** What an operator's act needs: no relay has to run, the records are all there is (DESIGN §3.5). */
export interface OperatorDeps {
  readonly bus: Bus;
  readonly spool: Spool;
  readonly events: RelayDeps['events'];
  /** Host name of this system, for the notification of a cancelled message. */
  readonly hostname: string;
  /** How long to wait for an attempt that is under way, ms. Default 30 s. */
  readonly patience?: number;
}

/** What came of it, for each record of the message that is the relay's. */
export interface OperationResult {
  readonly subject: string;
  readonly domain: string;
  /** `busy`: an attempt was still under way when the patience ended. `unchanged`: nothing to do (final already, not held …). */
  readonly result: 'changed' | 'unchanged' | 'busy';
  readonly state: QueueRecord['state'];
}

const POLL_MS = 100;

/** Sets a message's undelivered records aside until they are released. */
export const holdQueue = (deps: OperatorDeps, queueId: QueueId, because: string): Promise<OperationResult[]> =>
  each(deps, queueId, (record) =>
    record.state === 'held' ? null : { ...record, state: 'held', heldBecause: because },
  );

/** Ends a hold: due at once. */
export const releaseQueue = (deps: OperatorDeps, queueId: QueueId): Promise<OperationResult[]> =>
  each(deps, queueId, (record) => {
    if (record.state !== 'held') return null;
    const { heldBecause: _because, ...rest } = record;
    return { ...rest, state: 'ready', dueAt: Date.now() };
  });

/** Tries again now what waits for a later time, also when its destination is being left alone. */
export const retryNow = (deps: OperatorDeps, queueId: QueueId): Promise<OperationResult[]> =>
  each(deps, queueId, (record) =>
    record.state === 'deferred' ? { ...record, state: 'ready', dueAt: Date.now() } : null,
  );

/**
 * Gives up: the sender is told, as at expiry. First the record is set aside, so that no attempt can begin; then the
 * notification; then it is final. Done again after a crash it goes on where it was.
 */
export async function cancel(deps: OperatorDeps, queueId: QueueId, because: string): Promise<OperationResult[]> {
  const held = await each(deps, queueId, (record) => ({ ...record, state: 'held', heldBecause: because }));
  return Promise.all(held.map(async (one) => (one.state === 'held' ? giveUp(deps, one, because) : one)));
}

async function giveUp(deps: OperatorDeps, one: OperationResult, because: string): Promise<OperationResult> {
  const found = await readQueueRecord(deps.bus, one.subject);
  if (found?.record.state !== 'held') return { ...one, result: 'unchanged' };
  const { record } = found;
  const original = record.reversePath === null ? null : await deps.spool.read(record.queueId);
  const status = { outcome: 'failed', status: '5.0.0', diagnostic: `Cancelled by the postmaster: ${because}` } as const;
  if (original !== null)
    await spoolNotification(deps.spool, original, {
      ...{ hostname: deps.hostname, outcome: 'failed' },
      recipients: record.recipients.map((r) => ({
        finalRecipient: r.forwardPath,
        ...(r.originalRecipient === undefined ? {} : { originalRecipient: r.originalRecipient }),
        ...(r.notify === undefined ? {} : { notify: r.notify }),
        status,
      })),
    });
  const { heldBecause: _because, ...rest } = record;
  await moveQueueRecord(deps.bus, found, { ...rest, recipients: [], prefix: '', state: 'done', lastStatus: status });
  deps.events({
    ...{ agent: 'mta', step: 'failed', queueId: record.queueId, status: status.status, detail: status.diagnostic },
    recipients: record.recipients.map((r) => plainAddress(r.forwardPath)),
  });
  return { ...one, result: 'changed', state: 'done' };
}

type Change = (record: QueueRecord) => QueueRecord | null;

async function each({ bus, patience }: OperatorDeps, queueId: QueueId, change: Change): Promise<OperationResult[]> {
  const records = (await queueRecordsOf(bus, queueId)).filter(({ record }) => record.transport === 'smtp');
  const until = performance.now() + (patience ?? 30_000);
  return Promise.all(records.map((record) => move(bus, record, until, change)));
}

/** One record, by compare-and-set: an attempt that has begun ends first, and whoever wrote first has won. */
async function move(bus: Bus, first: StoredRecord, until: number, change: Change): Promise<OperationResult> {
  let from = first;
  for (;;) {
    const { state, domain } = from.record;
    const told = { subject: from.subject, domain, state };
    if (state === 'done') return { ...told, result: 'unchanged' };
    if (state === 'attempting') {
      if (performance.now() > until) return { ...told, result: 'busy' };
      await sleep(POLL_MS);
    } else {
      const next = change(from.record);
      if (next === null) return { ...told, result: 'unchanged' };
      try {
        await moveQueueRecord(bus, from, next);
        return { ...told, state: next.state, result: 'changed' };
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
    }
    const again = await readQueueRecord(bus, from.subject);
    if (again === null) return { ...told, state: 'done', result: 'unchanged' };
    from = again;
  }
}
