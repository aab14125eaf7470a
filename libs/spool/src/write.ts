import { isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Bus, BusUnavailable, Conflict, StreamFull, subjects } from '@postroad/bus';
import type { QueueId } from '@postroad/mail';
import type { ByteBudget } from './budget.ts';
import { encodeHead } from './head.ts';
import { type SpoolCommit, SpoolFull, type SpoolHead, SpoolUnavailable, type SpoolWrite } from './types.ts';

/** Sizes in bytes and times in ms (DESIGN §3.2). max_payload is 1 MB and counts headers, so a chunk stays well below. */
export interface SpoolSizes {
  readonly inlineBytes: number;
  readonly chunkBytes: number;
  /** How long one publish keeps trying the same id before 451; below the client's ten minutes (RFC 5321 §4.5.3.2.6). */
  readonly deadlineMs: number;
}

export class Writer implements SpoolWrite {
  readonly queueId: QueueId;
  readonly #bus: Bus;
  readonly #budget: ByteBudget;
  readonly #sizes: SpoolSizes;
  readonly #hash = createHash('sha256');
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #size = 0;
  #chunks = 0;
  #eightBit = false;
  #ended = false;

  constructor(bus: Bus, budget: ByteBudget, sizes: SpoolSizes, queueId: QueueId) {
    this.#bus = bus;
    this.#budget = budget;
    this.#sizes = sizes;
    this.queueId = queueId;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#ended) throw new Error('write after the end of a spool write');
    for (let from = 0; from < chunk.length; from += this.#sizes.chunkBytes)
      await this.#hold(chunk.subarray(from, from + this.#sizes.chunkBytes));
  }

  async #hold(piece: Uint8Array): Promise<void> {
    if (this.#heldBytes + piece.length > this.#sizes.chunkBytes) await this.#flush();
    if (!this.#budget.tryTake(piece.length)) {
      // Nobody may wait for room while holding some: all writers together would wait for ever.
      if (this.#heldBytes > 0) await this.#flush();
      await this.#budget.take(piece.length);
    }
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    this.#size += piece.length;
    this.#hash.update(piece);
    this.#eightBit ||= !isAscii(piece);
  }

  async commit(fields: SpoolCommit): Promise<SpoolHead> {
    if (this.#ended) throw new Error('a spool write ends only once');
    try {
      if (this.#chunks > 0 || this.#heldBytes > this.#sizes.inlineBytes) await this.#flush();
      const head: SpoolHead = {
        v: 1,
        queueId: this.queueId,
        envelope: fields.envelope,
        origin: fields.origin,
        prefix: fields.prefix,
        size: this.#size,
        sha256: this.#hash.digest('hex'),
        chunks: this.#chunks,
        receivedAt: new Date().toISOString(),
        eightBit: this.#eightBit,
        ...(fields.messageId === undefined ? {} : { messageId: fields.messageId }),
        ...(fields.traceparent === undefined ? {} : { traceparent: fields.traceparent }),
      };
      await this.#publish(subjects.head(this.queueId), encodeHead(head, this.#held), this.queueId);
      return head;
    } finally {
      this.#end();
    }
  }

  async abort(): Promise<void> {
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#release();
  }

  #release(): void {
    this.#budget.give(this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Publishes what is held as the next chunk, and gives its room back. */
  async #flush(): Promise<void> {
    if (this.#heldBytes === 0) return;
    const n = this.#chunks++;
    await this.#publish(subjects.chunk(this.queueId, n), Buffer.concat(this.#held), `${this.queueId}.${n}`);
    this.#release();
  }

  async #publish(subject: string, data: Buffer, msgId: string): Promise<void> {
    try {
      await this.#bus.publish('SPOOL', subject, data, { msgId, expect: 0, deadlineMs: this.#sizes.deadlineMs });
    } catch (error) {
      if (error instanceof StreamFull) throw new SpoolFull('the spool is full', { cause: error });
      // The same id was accepted before, finished and is gone: a derived message made a second time after a crash.
      if (error instanceof Conflict && error.current === null) return;
      if (error instanceof BusUnavailable)
        throw new SpoolUnavailable('the broker did not confirm in time', { cause: error });
      throw error;
    }
  }
}
