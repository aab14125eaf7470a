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
  StreamReader,
  subjects,
} from '@postroad/bus';
import type { Seen } from './schedule.ts';

/**
 * Reads the records of some shards: what stands there now by headers only, then what changes, with bodies (a fresh record needs
 * no further read). One consumer for all of them; it begins again where it was after every trouble.
 */
export class Follower {
  readonly shards: Set<number>;
  readonly #pool: string;
  readonly #bus: Bus;
  readonly #logger: BusLogger;
  readonly #onSeen: (seen: Seen) => void;
  #reader: StreamReader | null = null;
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

  stop(): void {
    this.#running = false;
    this.#reader?.stop();
  }

  async #run(): Promise<void> {
    /** The end of what stands there now: read by headers only. A replica may know less: the rest comes in the second reading. */
    let upTo: number | null = null;
    let standing = true;
    while (this.#running && !this.#bus.nc.isClosed()) {
      try {
        upTo ??= (await this.#bus.jsm.streams.info('QUEUE')).state.last_seq;
        if (standing) standing = !(await this.#readStanding(upTo));
        if (!standing) await this.#readOn();
      } catch (error) {
        if (this.#running) this.#logger.warn({ err: error }, 'could not follow the queue; trying again');
      }
      if (this.#running) await sleep(200);
    }
  }

  /** @returns whether it came to its end */
  async #readStanding(upTo: number): Promise<boolean> {
    if (this.position >= upTo) return true;
    const reader = await this.#open(true, 5_000);
    try {
      if ((await reader.waiting()) === 0) return true;
      for await (const message of reader) {
        if (message.seq > upTo) return true;
        this.#see(message, true);
        this.position = message.seq;
        if (message.info.pending === 0) return true;
      }
      return false;
    } finally {
      await reader.close();
    }
  }

  async #readOn(): Promise<void> {
    for await (const message of await this.#open(false, 2_000)) {
      this.#see(message, false);
      this.position = message.seq;
    }
  }

  async #open(headersOnly: boolean, ahead: number): Promise<StreamReader> {
    const filter = [...this.shards].map((shard) => subjects.queueShard(shard, this.#pool));
    const reader = await StreamReader.open(this.#bus, 'QUEUE', { filter, from: this.position + 1, headersOnly, ahead });
    this.#reader = reader;
    if (!this.#running) reader.stop();
    return reader;
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
    const fresh = state === 'ready' || (headers?.has(QUEUE_HEADERS.grant) ?? false);
    if (!headersOnly && fresh) {
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
