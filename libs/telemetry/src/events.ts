import { METRICS } from './metrics/catalogue.ts';
import type { Metrics } from './metrics/metrics.ts';
import { statusClass } from './metrics/status-class.ts';
import type { EnhancedStatus, QueueId } from '@postroad/mail';

/** One step of a message's way. Addresses and Message-IDs are what people search by; never a subject, a body or a secret. */
export interface MailEvent {
  /** RFC 3339, UTC, ms. */
  readonly at: string;
  readonly agent: 'msa' | 'mta' | 'mda';
  readonly step:
    | 'accepted'
    | 'refused'
    | 'routed'
    | 'expanded'
    | 'delivered'
    | 'duplicate'
    | 'attempted'
    | 'relayed'
    | 'deferred'
    | 'held'
    | 'failed'
    | 'notified'
    | 'finished';
  readonly queueId?: QueueId;
  readonly messageId?: string;
  /** Reverse-path, `<>` for the null one. */
  readonly sender?: string;
  readonly recipients?: readonly string[];
  readonly status?: EnhancedStatus;
  /** One line for people. */
  readonly detail?: string;
  /** The other host, where there is one. */
  readonly host?: string;
  readonly size?: number;
  readonly traceparent?: string;
}

/** What goes over the bus: many events in one publish (DESIGN §3.8). */
export interface EventBatch {
  readonly v: 1;
  readonly events: readonly MailEvent[];
}

/** Publishes one batch on a subject of the stream EVENTS (`evt.<bucket>`); rejects when the broker does not take it in time. */
export type EventPublisher = (subject: string, data: Buffer) => Promise<unknown>;

const MAX_BATCH = 200;
const MAX_HELD = 20_000;
const FLUSH_MS = 100;

/**
 * Collects events and publishes them in batches, never in the way of mail: nobody waits for it, and when the broker is
 * away the oldest are dropped and counted.
 */
export class EventSink {
  readonly #publish: EventPublisher;
  readonly #metrics: Metrics;
  readonly #bucket: string;
  #held: MailEvent[] = [];
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;

  constructor(publish: EventPublisher, metrics: Metrics) {
    this.#publish = publish;
    this.#metrics = metrics;
    // One bucket a process: ordering within a process is kept, and a batch needs one subject.
    this.#bucket = `evt.${process.pid % 64}`;
  }

  readonly record = (event: Omit<MailEvent, 'at'>): void => {
    const { agent, step, status } = event;
    this.#metrics.count(METRICS.mailEvents, { agent, step, status: statusClass(status) });
    this.#held.push({ at: new Date().toISOString(), ...event });
    if (this.#held.length > MAX_HELD) this.#drop(this.#held.splice(0, MAX_BATCH).length);
    this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MS);
  };

  #drop(by: number): void {
    this.#metrics.count(METRICS.eventsDropped, {}, by);
  }

  #flush(): Promise<void> {
    this.#timer = null;
    this.#sending ??= this.#send().finally(() => (this.#sending = null));
    return this.#sending;
  }

  async #send(): Promise<void> {
    while (this.#held.length > 0) {
      const events = this.#held.splice(0, MAX_BATCH);
      const batch: EventBatch = { v: 1, events };
      await this.#publish(this.#bucket, Buffer.from(JSON.stringify(batch))).catch(() => this.#drop(events.length));
    }
  }

  /** Sends what is left (at drain). */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#flush();
  }
}
