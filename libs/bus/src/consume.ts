import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConsumerMessages,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';

/** A killed process's items wait so long; a living one says every third of it that it works on. */
const ACK_WAIT_MS = 15_000;

export interface ConsumeOptions {
  readonly stream: string;
  /** Durable name; all processes of a role share it. */
  readonly durable: string;
  readonly filter: string;
  /** Largest batch given to the handler at once. Default 1. */
  readonly maxBatch?: number;
  /** Handlers running at once. Default 1. */
  readonly concurrency?: number;
  /** Items held in this process and not yet acked: the back-pressure. Default 2 × maxBatch × concurrency. */
  readonly inFlight?: number;
  /** Milliseconds after which the broker gives an unacked item to somebody else. Default 15 s. */
  readonly ackWaitMs?: number;
  /**
   * Does the work and acks each item itself, when the promise made for it is durable. An item that it leaves unacked
   * is redelivered after `ackWaitMs`; when it throws, the whole batch is given back after a second.
   */
  readonly handler: (items: JsMsg[]) => Promise<void>;
  readonly onError?: (error: unknown) => void;
}

export interface Consumption {
  /** Asks the broker for no more; items already here stay in hand. For a store that is down. */
  pause(): void;
  resume(): void;
  /** Pulls anew: after a reconnect the broker has forgotten what was asked of it. */
  restart(): void;
  /** Stops pulling, lets running handlers finish, gives the untouched items back at once. */
  drain(): Promise<void>;
}

/** Creates the durable consumer when it is missing; `max_deliver: -1`, because an item past a maximum is stranded in silence. */
async function ensureConsumer(jsm: JetStreamManager, options: ConsumeOptions): Promise<void> {
  const config = {
    durable_name: options.durable,
    filter_subject: options.filter,
    ack_policy: 'explicit' as const,
    ack_wait: (options.ackWaitMs ?? ACK_WAIT_MS) * 1_000_000,
    max_deliver: -1,
    max_ack_pending: 20_000,
  };
  try {
    await jsm.consumers.add(options.stream, config);
  } catch (error) {
    // Two processes of a role start at once, or the consumer exists with other limits.
    if (!(error instanceof JetStreamApiError)) throw error;
    await jsm.consumers.update(options.stream, options.durable, {
      ack_wait: config.ack_wait,
      max_ack_pending: config.max_ack_pending,
    });
  }
}

/** Pulls work in batches: a batch is whatever has arrived while the one before was worked on, so it grows only under load. */
export async function consume(
  js: JetStreamClient,
  jsm: JetStreamManager,
  options: ConsumeOptions,
): Promise<Consumption> {
  await ensureConsumer(jsm, options);
  const puller = new Puller(js, options);
  puller.run();
  return puller;
}

class Puller implements Consumption {
  readonly #js: JetStreamClient;
  readonly #options: Required<Omit<ConsumeOptions, 'onError'>> & Pick<ConsumeOptions, 'onError'>;
  readonly #waiting: JsMsg[] = [];
  readonly #running = new Set<Promise<void>>();
  #messages: ConsumerMessages | null = null;
  #stopped = false;
  #paused = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(js: JetStreamClient, options: ConsumeOptions) {
    this.#js = js;
    const maxBatch = options.maxBatch ?? 1;
    const concurrency = options.concurrency ?? 1;
    this.#options = { ackWaitMs: ACK_WAIT_MS, inFlight: 2 * maxBatch * concurrency, ...options, maxBatch, concurrency };
  }

  run(): void {
    this.#loop = this.#pull();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#dispatch();
  }

  restart(): void {
    this.#messages?.stop();
  }

  async drain(): Promise<void> {
    this.#stopped = true;
    this.#messages?.stop();
    for (const item of this.#waiting.splice(0)) item.nak();
    await Promise.allSettled([...this.#running]);
    await this.#loop;
  }

  async #pull(): Promise<void> {
    const { stream, durable, inFlight } = this.#options;
    while (!this.#stopped) {
      try {
        const consumer = await this.#js.consumers.get(stream, durable);
        this.#messages = await consumer.consume({
          max_messages: inFlight,
          threshold_messages: Math.ceil(inFlight / 2),
        });
        for await (const item of this.#messages) {
          if (this.#stopped) {
            item.nak();
            continue;
          }
          this.#waiting.push(item);
          this.#dispatch();
          // Back-pressure: the library asks for more only while its iterator is read.
          while (this.#waiting.length >= inFlight && !this.#stopped) await this.#roomMade();
        }
      } catch (error) {
        this.#options.onError?.(error);
      }
      if (!this.#stopped) await sleep(200);
    }
  }

  async #roomMade(): Promise<void> {
    if (this.#running.size > 0) await Promise.race(this.#running);
    else await sleep(20);
  }

  #dispatch(): void {
    const { maxBatch, concurrency } = this.#options;
    while (!this.#paused && !this.#stopped && this.#waiting.length > 0 && this.#running.size < concurrency) {
      const batch = this.#waiting.splice(0, maxBatch);
      const work: Promise<void> = this.#work(batch).finally(() => {
        this.#running.delete(work);
        this.#dispatch();
      });
      this.#running.add(work);
    }
  }

  async #work(batch: JsMsg[]): Promise<void> {
    // An item may take longer than the broker waits: tell it that the work goes on, so that nobody does it twice.
    const beat = setInterval(() => batch.forEach((item) => item.working()), this.#options.ackWaitMs / 3);
    try {
      await this.#options.handler(batch);
    } catch (error) {
      this.#options.onError?.(error);
      await sleep(1_000);
      for (const item of batch) item.nak();
    } finally {
      clearInterval(beat);
    }
  }
}
