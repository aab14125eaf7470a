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
  unattempted,
} from '@postroad/bus';
import type { QueueId } from '@postroad/mail';
import type { MailEvent } from '@postroad/telemetry';
import { spoolNotification } from './notification.ts';
import type { Spool } from './types.ts';

/** The records are all there is (DESIGN §3.5): no relay has to run for an operator's act. */
export interface OperatorDeps {
  readonly bus: Bus;
  readonly spool: Spool;
  readonly events: (event: Omit<MailEvent, 'at'>) => void;
  readonly hostname: string;
  /** How long to wait for an attempt that is under way, ms. */
  readonly patience?: number;
}

/** What came of it for one record. `busy`: an attempt or a move was still under way when the patience ended. */
export interface OperationResult {
  readonly domain: string;
  readonly transport: QueueRecord['transport'];
  readonly result: 'changed' | 'unchanged' | 'busy';
  readonly state: QueueRecord['state'];
}

type Change = (record: QueueRecord) => QueueRecord | null;
type Moved = OperationResult & { readonly stored: StoredRecord };

const POLL_MS = 100;

const released = ({ heldBecause: _because, ...record }: QueueRecord): QueueRecord => ({
  ...record,
  state: 'ready',
  dueAt: Date.now(),
});

const CHANGES = {
  hold:
    (because: string): Change =>
    (record) =>
      record.state === 'held' ? null : { ...record, state: 'held', heldBecause: because },
  release: (): Change => (record) => (record.state === 'held' ? released(record) : null),
  retry: (): Change => (record) => (record.state === 'deferred' ? released(record) : null),
} as const;

/** `hold` sets the undelivered records of a message aside, `release` ends that, `retry` makes what waits due at once. */
export async function operate(
  deps: OperatorDeps,
  act: keyof typeof CHANGES,
  queueId: QueueId,
  because: string,
): Promise<OperationResult[]> {
  const moved = await each(deps, queueId, CHANGES[act](because));
  return moved.map(told);
}

/**
 * Gives up, and tells the sender as at expiry. First a record is set aside, so that no attempt can begin; then the
 * notification (whose id follows from the message, so that a repeat makes no second one); then it is final.
 */
export async function cancel(deps: OperatorDeps, queueId: QueueId, because: string): Promise<OperationResult[]> {
  const held = await each(deps, queueId, (record) => ({ ...record, state: 'held', heldBecause: because }));
  return Promise.all(held.map(async (one) => told(one.state === 'held' ? await giveUp(deps, one, because) : one)));
}

const told = ({ stored: _stored, ...result }: Moved): OperationResult => result;

async function giveUp(deps: OperatorDeps, one: Moved, because: string): Promise<Moved> {
  const { record } = one.stored;
  const original = record.reversePath === null ? null : await deps.spool.read(record.queueId);
  const status = { outcome: 'failed', status: '5.0.0', diagnostic: `Cancelled by the postmaster: ${because}` } as const;
  const recipients = record.recipients.map((each) => plainAddress(each.forwardPath));
  if (original !== null)
    await spoolNotification(deps.spool, original, {
      ...{ hostname: deps.hostname, outcome: 'failed' },
      recipients: record.recipients.map(({ forwardPath, originalRecipient, notify }) => ({
        ...{ finalRecipient: forwardPath, status },
        ...(originalRecipient === undefined ? {} : { originalRecipient }),
        ...(notify === undefined ? {} : { notify }),
      })),
    });
  const { heldBecause: _because, ...rest } = record;
  const stored = await moveQueueRecord(deps.bus, one.stored, {
    ...rest,
    recipients: [],
    prefix: '',
    state: 'done',
    lastStatus: status,
  });
  deps.events({
    agent: 'mta',
    step: 'failed',
    queueId: record.queueId,
    recipients,
    status: status.status,
    detail: status.diagnostic,
  });
  return { ...one, stored, state: 'done', result: 'changed' };
}

async function each({ bus, patience = 10_000 }: OperatorDeps, queueId: QueueId, change: Change): Promise<Moved[]> {
  const until = performance.now() + patience;
  return Promise.all((await queueRecordsOf(bus, queueId)).map((stored) => move(bus, stored, until, change)));
}

/** One record, by compare-and-set: an attempt that has begun ends first, and whoever wrote first has won. */
async function move(bus: Bus, first: StoredRecord, until: number, change: Change): Promise<Moved> {
  for (let stored = first; ;) {
    const { state, domain, transport } = stored.record;
    const same: Moved = { domain, transport, state, stored, result: 'unchanged' };
    if (state === 'done') return same;
    // A move to another pool that was begun must end as well: `moveToPool` repeats it.
    const record = await unattempted(bus, stored);
    if (record === null || record.moving !== undefined) {
      if (performance.now() > until) return { ...same, result: 'busy' };
      await sleep(POLL_MS);
    } else {
      const next = change(record);
      if (next === null) return same;
      try {
        const moved = await moveQueueRecord(bus, stored, next);
        return { ...same, stored: moved, state: next.state, result: 'changed' };
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
    }
    const again = await readQueueRecord(bus, stored.subject);
    if (again === null) return { ...same, state: 'done' };
    stored = again;
  }
}
