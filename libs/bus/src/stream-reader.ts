import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerMessages, ConsumerNotification, JsMsg } from '@nats-io/jetstream';
import type { AnyStream, Bus } from './bus.ts';
import { ReadInterrupted } from './errors.ts';

/** The broker says so often that it is there; whoever hears nothing for two or three of them begins anew. */
const HEARTBEAT_MS = 1_000;
/** A pull is renewed long before it ends. */
const PULL_MS = 30_000;
const AHEAD = 100;
/** A consumer of which nobody pulls goes away by itself, ns. */
const UNUSED_NS = 60_000_000_000;
/** In a cluster a first pull may be faster than the word that there is a consumer, and is then nobody's: pulled again so often, after so many ms. */
const FIRST_PULLS = 20;
const FIRST_PULL_MS = 50;

export interface ReadOptions {
  readonly filter: string | readonly string[];
  /** Where to begin; a number is the first sequence wanted. */
  readonly from: 'all' | 'new' | 'last_per_subject' | number;
  readonly headersOnly?: boolean;
  /** Messages asked for ahead of their use. Default 100. */
  readonly ahead?: number;
}

/** What ends a reading: the library would wait for 45 s and more of silence before it mends these. */
const TROUBLES: ReadonlySet<ConsumerNotification['type']> = new Set<ConsumerNotification['type']>([
  'no_responders',
  // The server that had the consumer is gone, frozen or cut off.
  'heartbeats_missed',
  'consumer_deleted',
  'consumer_not_found',
  'stream_not_found',
]);

/**
 * Messages of a stream in its order, for as long as somebody wants them, by a consumer of its own that is deleted at the end. Nothing
 * is silently missed: after any trouble it ends with {@link ReadInterrupted}, within three seconds, and the caller begins
 * anew behind what it has seen. A consumer may sit at a replica that lags: what is not there yet comes when it is.
 */
export class StreamReader implements AsyncIterable<JsMsg> {
  readonly #bus: Bus;
  readonly #consumer: Consumer;
  readonly #ahead: number;
  readonly #from: number;
  #messages: ConsumerMessages | null = null;
  /** Messages of the consumer that have come; it numbers them from 1. */
  #delivered = 0;
  #stopped = false;

  private constructor(bus: Bus, consumer: Consumer, { from, ahead = AHEAD }: ReadOptions) {
    this.#bus = bus;
    this.#consumer = consumer;
    this.#ahead = ahead;
    this.#from = typeof from === 'number' ? from : 0;
  }

  static async open(bus: Bus, stream: AnyStream, options: ReadOptions): Promise<StreamReader> {
    const { filter, from, headersOnly = false } = options;
    // Not one of the library's ordered consumers: after a first pull that was nobody's they would begin at the stream's beginning.
    const info = await bus.jsm.consumers.add(stream, {
      ...{ ack_policy: 'none', mem_storage: true, num_replicas: 1, inactive_threshold: UNUSED_NS },
      ...(typeof filter === 'string' ? { filter_subject: filter } : { filter_subjects: [...filter] }),
      headers_only: headersOnly,
      ...(typeof from === 'number'
        ? { deliver_policy: 'by_start_sequence', opt_start_seq: from }
        : { deliver_policy: from }),
    });
    return new StreamReader(bus, bus.js.consumers.getConsumerFromInfo(info), options);
  }

  /** How many messages wait to be read, as the replica that serves this one knows. */
  async waiting(): Promise<number> {
    return (await this.#consumer.info()).num_pending;
  }

  /** Ends the reading, without an error. */
  stop(): void {
    this.#stopped = true;
    this.#messages?.stop();
  }

  /** Gives back what {@link open} took, when nothing is to be read. */
  async close(): Promise<void> {
    this.stop();
    await this.#consumer.delete().catch(() => false);
  }

  /** @throws ReadInterrupted */
  async *[Symbol.asyncIterator](): AsyncGenerator<JsMsg, void, undefined> {
    try {
      for (let pulls = 1; !this.#stopped; pulls++) {
        try {
          return yield* this.#pull();
        } catch (error) {
          const nobodys = error instanceof ReadInterrupted && error.cause === 'no_responders';
          if (!nobodys || this.#delivered > 0 || pulls === FIRST_PULLS) throw error;
          await sleep(FIRST_PULL_MS);
        }
      }
    } finally {
      await this.close();
    }
  }

  async *#pull(): AsyncGenerator<JsMsg, void, undefined> {
    const ahead = this.#ahead;
    const messages = await this.#consumer.consume({
      ...{ max_messages: ahead, threshold_messages: Math.ceil(ahead / 2) },
      ...{ expires: PULL_MS, idle_heartbeat: HEARTBEAT_MS },
    });
    this.#messages = messages;
    const interrupt = (cause: string) =>
      messages.stop(new ReadInterrupted(`reading was interrupted: ${cause}`, { cause }));
    // The server we are with now may never have heard of the consumer.
    const forget = this.#bus.onReconnect(() => interrupt('the connection was lost'));
    void (async () => {
      for await (const { type } of messages.status()) if (TROUBLES.has(type)) interrupt(type);
    })().catch(() => undefined);
    if (this.#stopped) messages.stop();
    try {
      for await (const message of messages) {
        const { deliverySequence } = message.info;
        // What was sent and has not arrived is not sent again to who does not acknowledge.
        if (deliverySequence !== ++this.#delivered)
          throw new ReadInterrupted(`reading was interrupted: message ${this.#delivered} of it did not arrive`);
        // A replica that does not have the first one wanted yet begins at its own last one.
        if (message.seq >= this.#from) yield message;
      }
    } finally {
      forget();
      messages.stop();
    }
  }
}
