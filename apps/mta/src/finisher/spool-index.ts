import { queueIdOf } from '@postroad/bus';
import type { QueueId } from '@postroad/mail';
import type { JsMsg } from '@nats-io/jetstream';
import { Sequenced } from './sequenced.ts';

interface Spooled {
  readonly firstSeq: number;
  headSeq: number | null;
  chunked: boolean;
  readonly firstSeenAt: number;
}

/** What stands in the spool: heads, and chunks whose head has not come. */
export class SpoolIndex {
  readonly places = new Sequenced<QueueId>();
  readonly #spooled = new Map<QueueId, Spooled>();
  /** Heads not yet known to be routed, in the order of the stream. */
  readonly #unrouted = new Map<QueueId, number>();

  readonly add = (message: JsMsg): void => {
    const id = queueIdOf(message.subject);
    const isHead = message.subject.endsWith('.head');
    const known = this.#spooled.get(id);
    if (known === undefined) {
      this.#spooled.set(id, {
        firstSeq: message.seq,
        headSeq: isHead ? message.seq : null,
        chunked: !isHead,
        firstSeenAt: message.time.getTime(),
      });
      this.places.put(id, message.seq);
    } else if (isHead) known.headSeq = message.seq;
    if (isHead) this.#unrouted.set(id, message.seq);
  };

  has(id: QueueId): boolean {
    return this.#spooled.has(id);
  }
  isChunked(id: QueueId): boolean {
    return this.#spooled.get(id)?.chunked === true;
  }
  get size(): number {
    return this.#spooled.size;
  }

  /** Heads that the router has acked: each is handed out once. */
  takeRouted(ackFloor: number): QueueId[] {
    const routed: QueueId[] = [];
    for (const [id, seq] of this.#unrouted) {
      if (seq > ackFloor) break;
      routed.push(id);
      this.#unrouted.delete(id);
    }
    return routed;
  }

  /** Chunks that have waited for their head longer than any transaction lasts. */
  headless(before: number): QueueId[] {
    const old: QueueId[] = [];
    for (const [id, { headSeq, firstSeenAt }] of this.#spooled)
      if (headSeq === null && firstSeenAt < before) old.push(id);
    return old;
  }

  forget(id: QueueId): void {
    this.#spooled.delete(id);
  }
}
