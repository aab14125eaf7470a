import { setTimeout as sleep } from 'node:timers/promises';
import {
  Conflict,
  decodeRecord,
  endsWithin,
  type JsMsg,
  Lease,
  moveQueueRecord,
  type QueueRecord,
  type StoredRecord,
  StreamReader,
} from '@postroad/bus';
import type { RecipientStatus } from '@postroad/mail';
import type { DeliveryItem, DeliveryResult } from '@postroad/mailstore';
import { spoolNotification } from '@postroad/spool';
import { METRICS } from '@postroad/telemetry';
import type { DeliverConfig, DeliverDeps } from './deps.ts';
import { deliveryItem } from './delivery-item.ts';
import { LOCAL_FILTER, retryAfter } from './local-record.ts';
import { OVER_QUOTA } from './settle.ts';

/** How often due times are looked at. */
const TICK_MS = 1_000;
const AT_ONCE = 16;
const DRAIN_MS = 30_000;
const RELEASE_MS = 1_000;

/** Competes for trying local records again: one MDA does it, and the store makes a second try harmless. */
export function startLocalRetry(deps: DeliverDeps, config: DeliverConfig): { drain(ms?: number): Promise<void> } {
  let current: LocalRetry | null = null;
  let draining = false;
  const lease = Lease.compete(deps.bus, 'local-retry', {
    owner: config.instance,
    logger: deps.logger,
    onAcquired: () => {
      if (draining) return;
      current = new LocalRetry(deps, config);
      current.start();
    },
    onLost: () => {
      void current?.stop();
      current = null;
    },
  });
  return {
    drain: async (ms = DRAIN_MS) => {
      draining = true;
      // The store makes a second try harmless: the lease goes even when one hangs.
      await endsWithin(current?.stop() ?? Promise.resolve(), ms);
      await endsWithin(lease.release(), RELEASE_MS);
    },
  };
}

class LocalRetry {
  readonly #deps: DeliverDeps;
  readonly #config: DeliverConfig;
  /** Open records by subject. */
  readonly #open = new Map<string, StoredRecord>();
  #reader: StreamReader | null = null;
  readonly #stop = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(deps: DeliverDeps, config: DeliverConfig) {
    this.#deps = deps;
    this.#config = config;
  }

  start(): void {
    this.#loops = Promise.all([this.#follow(), this.#tick()]);
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#reader?.stop();
    await this.#loops;
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      try {
        this.#reader = await StreamReader.open(this.#deps.bus, 'QUEUE', {
          filter: LOCAL_FILTER,
          from: 'last_per_subject',
        });
        if (this.#stopped) return await this.#reader.close();
        for await (const message of this.#reader) this.#note(message);
      } catch (error) {
        this.#deps.logger.warn({ err: error }, 'lost the queue of local retries; following it anew');
      }
      await this.#pause(500);
    }
  }

  #note(message: JsMsg): void {
    try {
      const record = decodeRecord<QueueRecord>(message.data, [1]);
      if (record.state === 'deferred' || record.state === 'ready')
        this.#open.set(message.subject, { subject: message.subject, seq: message.seq, record });
      else this.#open.delete(message.subject);
    } catch (error) {
      this.#deps.logger.error(
        { err: error, subject: message.subject },
        'a queue record that cannot be read is left alone',
      );
    }
  }

  async #tick(): Promise<void> {
    while (!this.#stopped) {
      const now = Date.now();
      const due = [...this.#open.values()].filter(({ record }) => record.dueAt <= now).slice(0, AT_ONCE);
      await Promise.all(due.map((stored) => this.#try(stored).catch((error: unknown) => this.#failed(stored, error))));
      if (due.length < AT_ONCE) await this.#pause(TICK_MS);
    }
  }

  async #pause(ms: number): Promise<void> {
    if (!this.#stopped) await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #failed(stored: StoredRecord, error: unknown): void {
    // Somebody else moved it: the stream will tell what it is now.
    if (error instanceof Conflict) this.#open.delete(stored.subject);
    else this.#deps.logger.error({ err: error, subject: stored.subject }, 'a local retry failed; it is tried again');
  }

  async #try(stored: StoredRecord): Promise<void> {
    const { record } = stored;
    const message = await this.#deps.spool.read(record.queueId);
    if (message === null) {
      await this.#move(stored, { ...record, state: 'held', heldBecause: 'its content is not in the spool' });
      return;
    }
    const { reversePath, prefix } = record;
    const items = await Promise.all(
      record.recipients.map((recipient) =>
        deliveryItem(message, { recipient, reversePath, prefix }, this.#deps.directory),
      ),
    );
    const results = await this.#deps.store.deliver(items);
    this.#count(items, results);
    const left = record.recipients.filter((_, i) => results[i]?.status === 'deferred');
    if (left.length === 0) {
      await this.#move(stored, { ...record, state: 'done', recipients: [] });
      for (const { accountId } of items) this.#deps.hints.publish(accountId);
      this.#report(record, 'delivered');
    } else if (Date.now() >= record.expiresAt) {
      await this.#expire(stored, message);
    } else {
      const attempts = record.attempts + 1;
      await this.#move(stored, {
        ...record,
        state: 'deferred',
        recipients: left,
        attempts,
        dueAt: Date.now() + retryAfter(attempts),
      });
      this.#report(record, 'deferred', OVER_QUOTA);
    }
  }

  /** A recipient that still has no room is deferred again, but was refused once: that is counted at the first try. */
  #count(items: readonly DeliveryItem[], results: readonly DeliveryResult[]): void {
    const { metrics } = this.#deps;
    for (const [i, item] of items.entries()) {
      if (results[i]?.status !== 'filed') continue;
      metrics.count(METRICS.delivered, { outcome: 'delivered' });
      metrics.observe(METRICS.deliverySeconds, {}, Math.max(0, Date.now() - item.internalDate) / 1_000);
    }
  }

  /** The notification first: a crash before the record is done makes it again, with the same id. */
  async #expire(
    stored: StoredRecord,
    message: NonNullable<Awaited<ReturnType<DeliverDeps['spool']['read']>>>,
  ): Promise<void> {
    const { record } = stored;
    const status: RecipientStatus = {
      outcome: 'failed',
      status: '5.2.2',
      diagnostic: OVER_QUOTA.diagnostic,
    };
    const notification = await spoolNotification(this.#deps.spool, message, {
      hostname: this.#config.hostname,
      outcome: 'failed',
      recipients: record.recipients.map((r) => ({ ...r, finalRecipient: r.forwardPath, status })),
      ...(record.traceparent === undefined ? {} : { traceparent: record.traceparent }),
    });
    if (notification !== null)
      this.#deps.events({
        agent: 'mda',
        step: 'notified',
        queueId: record.queueId,
        detail: `failed, as ${notification}`,
      });
    await this.#move(stored, { ...record, state: 'done', lastStatus: status });
    this.#deps.metrics.count(METRICS.delivered, { outcome: 'failed' }, record.recipients.length);
    this.#report(record, 'failed', status);
  }

  async #move(stored: StoredRecord, record: QueueRecord): Promise<void> {
    await moveQueueRecord(this.#deps.bus, stored, record);
    this.#open.delete(stored.subject);
  }

  #report(record: QueueRecord, step: 'delivered' | 'deferred' | 'failed', status?: RecipientStatus): void {
    this.#deps.events({
      agent: 'mda',
      step,
      queueId: record.queueId,
      recipients: record.recipients.map((r) => r.finalRecipient ?? ''),
      ...(status === undefined ? {} : { status: status.status, detail: status.diagnostic }),
    });
  }
}
