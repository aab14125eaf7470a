import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Consumer,
  type ConsumerMessages,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { untilAnswered } from './until-answered.ts';
import { endsWithin } from './within.ts';

/** A killed process's items wait so long; a living one says every third of it that it works on. */
const ACK_WAIT_MS = 15_000;
/** A pull ends after so long, full or not: whoever stops waits for that, so it is as short as the library allows. */
const PULL_MS = 1_000;
/** For the broker's word that a pull has ended. */
const PULL_END_MS = PULL_MS + 500;
/** Pulls of one process at once: the next one is there before the one before is used up. */
const LANES = 2;

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
  /**
   * Stops pulling, gives the untouched items back at once, lets running handlers finish; those that have not after `ms` (default:
   * whatever it takes) have their items given back too, and are not waited for.
   */
  drain(ms?: number): Promise<void>;
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

/** A pull that died with its consumer's leader, or found none: another is asked in a moment, and there is nothing to tell. */
const isLeaderless = (error: unknown): boolean =>
  error instanceof Error && /leadership change|no responders/i.test(error.message);

/** Pulls work in batches: a batch is whatever has arrived while the one before was worked on, so it grows only under load. */
export async function consume(
  js: JetStreamClient,
  jsm: JetStreamManager,
  options: ConsumeOptions,
): Promise<Consumption> {
  await untilAnswered(() => ensureConsumer(jsm, options));
  const puller = new Puller(js, options);
  puller.run();
  return puller;
}

/**
 * Pulls that end by themselves, two at a time. A pull is never given up while the broker may still answer it: between our
 * unsubscribing and its hearing of that, what it sent would be in nobody's hands until its ack wait is over (15 s). On one
 * server a drained subscription would do; in a cluster the messages come by way of another server, which drops them.
 */
class Puller implements Consumption {
  readonly #js: JetStreamClient;
  readonly #options: Required<Omit<ConsumeOptions, 'onError'>> & Pick<ConsumeOptions, 'onError'>;
  readonly #waiting: JsMsg[] = [];
  readonly #running = new Map<Promise<void>, Work>();
  readonly #stop = new AbortController();
  readonly #pulls = new Set<ConsumerMessages>();
  #paused = false;
  #lanes: Promise<unknown> = Promise.resolve();
  readonly #stopping = new Promise<void>((resolve) => {
    this.#stop.signal.addEventListener('abort', () => resolve());
  });

  constructor(js: JetStreamClient, options: ConsumeOptions) {
    this.#js = js;
    const maxBatch = options.maxBatch ?? 1;
    const concurrency = options.concurrency ?? 1;
    this.#options = { ackWaitMs: ACK_WAIT_MS, inFlight: 2 * maxBatch * concurrency, ...options, maxBatch, concurrency };
  }

  run(): void {
    this.#lanes = Promise.all(Array.from({ length: LANES }, () => this.#lane()));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#dispatch();
  }

  restart(): void {
    for (const pull of this.#pulls) pull.stop();
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async drain(ms = 2 ** 31 - 1): Promise<void> {
    this.#stop.abort();
    for (const item of this.#waiting.splice(0)) item.nak();
    const until = performance.now() + ms;
    await endsWithin(this.#lanes, PULL_END_MS);
    this.restart();
    await endsWithin(Promise.allSettled(this.#running.keys()), Math.max(0, until - performance.now()));
    for (const { batch, beat } of this.#running.values()) {
      clearInterval(beat);
      for (const item of batch) item.nak();
    }
  }

  async #lane(): Promise<void> {
    const { stream, durable, inFlight } = this.#options;
    const share = Math.ceil(inFlight / (LANES + 1));
    let consumer: Consumer | null = null;
    while (!this.#stopped) {
      try {
        consumer ??= await this.#js.consumers.get(stream, durable);
        while (!this.#stopped) {
          // Back-pressure: no more is asked for than there is room for.
          while (this.#waiting.length > share && !this.#stopped) await this.#roomMade();
          if (!this.#stopped) await this.#take(await consumer.fetch({ max_messages: share, expires: PULL_MS }));
        }
      } catch (error) {
        if (!isLeaderless(error)) this.#options.onError?.(error);
        if (!this.#stopped) await sleep(200);
      }
    }
  }

  async #take(pull: ConsumerMessages): Promise<void> {
    this.#pulls.add(pull);
    try {
      for await (const item of pull) {
        if (this.#stopped) {
          item.nak();
          continue;
        }
        this.#waiting.push(item);
        this.#dispatch();
      }
    } finally {
      this.#pulls.delete(pull);
    }
  }

  async #roomMade(): Promise<void> {
    if (this.#running.size > 0) await Promise.race([...this.#running.keys(), this.#stopping]);
    else await sleep(20);
  }

  #dispatch(): void {
    const { maxBatch, concurrency } = this.#options;
    while (!this.#paused && !this.#stopped && this.#waiting.length > 0 && this.#running.size < concurrency) {
      const batch = this.#waiting.splice(0, maxBatch);
      // An item may take longer than the broker waits: tell it that the work goes on, so that nobody does it twice.
      const beat = setInterval(() => batch.forEach((item) => item.working()), this.#options.ackWaitMs / 3);
      const work: Promise<void> = this.#work(batch).finally(() => {
        clearInterval(beat);
        this.#running.delete(work);
        this.#dispatch();
      });
      this.#running.set(work, { batch, beat });
    }
  }

  async #work(batch: JsMsg[]): Promise<void> {
    try {
      await this.#options.handler(batch);
    } catch (error) {
      this.#options.onError?.(error);
      await sleep(1_000, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      for (const item of batch) item.nak();
    }
  }
}

/** What a handler is at. */
interface Work {
  readonly batch: readonly JsMsg[];
  readonly beat: NodeJS.Timeout;
}
