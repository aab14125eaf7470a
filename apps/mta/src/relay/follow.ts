import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Bus,
  type BusLogger,
  decodeRecord,
  type JsMsg,
  QUEUE_HEADERS,
  type QueueRecord,
  type QueueState,
  queuePlaceOf,
  subjects,
} from '@postroad/bus';
import type { Seen } from './schedule.ts';

interface Reader {
  stop(): void;
}

/**
 * Reads the records of some shards: what stands there now by headers only, then what changes, with bodies (a fresh record needs
 * no further read). One ordered consumer for all of them; it begins again where it was after every trouble.
 */
export class Follower {
  readonly shards: Set<number>;
  readonly #pool: string;
  readonly #bus: Bus;
  readonly #logger: BusLogger;
  readonly #onSeen: (seen: Seen) => void;
  #reader: Reader | null = null;
  #running = true;
  /** Last sequence of the stream that has been seen. */
  position = 0;

  /** `shards`: of the pool. */
  constructor(
    { bus, logger }: { readonly bus: Bus; readonly logger: BusLogger },
    pool: string,
    shards: readonly number[],
    onSeen: (seen: Seen) => void,
  ) {
    this.#bus = bus;
    this.#pool = pool;
    this.shards = new Set(shards);
    this.#logger = logger;
    this.#onSeen = onSeen;
  }

  run(): void {
    void this.#run();
  }

  /** Pulls anew: after a reconnect the broker has forgotten its ordered consumers. */
  restart(): void {
    this.#reader?.stop();
  }

  stop(): void {
    this.#running = false;
    this.#reader?.stop();
  }

  async #run(): Promise<void> {
    let upTo: number | null = null;
    while (this.#running && !this.#bus.nc.isClosed()) {
      try {
        upTo ??= (await this.#bus.jsm.streams.info('QUEUE')).state.last_seq;
        if (this.position < upTo) await this.#read(true, upTo);
        if (this.position >= upTo) await this.#read(false, Infinity);
      } catch (error) {
        if (this.#running) this.#logger.warn({ err: error }, 'could not follow the queue; trying again');
      }
      if (this.#running) await sleep(200);
    }
  }

  async #read(headersOnly: boolean, upTo: number): Promise<void> {
    const consumer = await this.#bus.js.consumers.get('QUEUE', {
      filter_subjects: [...this.shards].map((shard) => subjects.queueShard(shard, this.#pool)),
      headers_only: headersOnly,
      deliver_policy: 'by_start_sequence',
      opt_start_seq: this.position + 1,
    });
    if (headersOnly && (await consumer.info()).num_pending === 0) {
      this.position = upTo;
      return;
    }
    const messages = await consumer.consume({
      max_messages: headersOnly ? 5_000 : 2_000,
      threshold_messages: 1_000,
      idle_heartbeat: 5_000,
    });
    this.#reader = messages;
    try {
      for await (const message of messages) {
        if (!this.#running) break;
        // Beyond `upTo` records are read with their bodies.
        if (message.seq <= upTo) {
          this.#see(message, headersOnly);
          this.position = message.seq;
        }
        if (headersOnly && (message.seq >= upTo || message.info.pending === 0)) {
          this.position = upTo;
          break;
        }
      }
    } finally {
      this.#reader = null;
      messages.stop();
      await consumer.delete().catch(() => false);
    }
  }

  #see(message: JsMsg, headersOnly: boolean): void {
    const { subject, seq, headers } = message;
    // A shard that was given up since still comes; should it be ours again, another follower reads it from its beginning.
    const { shard, domain } = queuePlaceOf(subject);
    if (!this.shards.has(shard)) return;
    // The MDA's own (its LocalRetry follows them): no DNS name begins with '='.
    if (domain.startsWith('=')) return;
    const state = headers?.get(QUEUE_HEADERS.state) as QueueState | undefined;
    const dueAt = Number(headers?.get(QUEUE_HEADERS.due));
    // A deletion marker, or a record of somebody who knows no headers: its body decides when it is read.
    if (state === undefined || !Number.isFinite(dueAt)) return;
    let record: QueueRecord | null = null;
    if (!headersOnly && state === 'ready') {
      try {
        record = decodeRecord<QueueRecord>(message.data, [1]);
      } catch {
        record = null;
      }
      if (record?.transport === 'local') return;
    }
    this.#onSeen({ subject, seq, state, dueAt, record });
  }
}
