import type { QueueId } from '@postroad/mail';

/**
 * Heads that this process has just read from the stream, for whoever needs the same message a moment later (the relay after
 * the router): saves a round trip and the content's way over the wire. Spooled content never changes, so nothing goes stale.
 */
export class RecentHeads {
  readonly #limit: number;
  readonly #heads = new Map<QueueId, Uint8Array>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a copy: the bytes given are a view into a network buffer. */
  add(id: QueueId, data: Uint8Array): void {
    if (this.#heads.has(id) || data.length > this.#limit / 16) return;
    this.#heads.set(id, Buffer.from(data));
    this.#bytes += data.length;
    for (const [oldest, bytes] of this.#heads) {
      if (this.#bytes <= this.#limit) break;
      this.#heads.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }

  get(id: QueueId): Uint8Array | undefined {
    return this.#heads.get(id);
  }
}
