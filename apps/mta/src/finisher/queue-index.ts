import { isFinal, QUEUE_HEADERS, queueIdOf, type QueueState } from '@postroad/bus';
import type { QueueId } from '@postroad/mail';
import type { JsMsg } from '@nats-io/jetstream';
import { Sequenced } from './sequenced.ts';

/** The state of every queue record, by message. */
export class QueueIndex {
  readonly places = new Sequenced<string>();
  readonly #byId = new Map<QueueId, Map<string, boolean>>();
  readonly #onSettled: (id: QueueId) => void;

  /** `onSettled`: the last open record of a message has become final. */
  constructor(onSettled: (id: QueueId) => void) {
    this.#onSettled = onSettled;
  }

  readonly add = (message: JsMsg): void => {
    const id = queueIdOf(message.subject);
    const final = isFinal((message.headers?.get(QUEUE_HEADERS.state) ?? 'ready') as QueueState);
    let records = this.#byId.get(id);
    if (records === undefined) this.#byId.set(id, (records = new Map<string, boolean>()));
    records.set(message.subject, final);
    this.places.put(message.subject, message.seq);
    if (final && !this.isOpen(id)) this.#onSettled(id);
  };

  /** Whether a record that is not final exists for this message. */
  isOpen(id: QueueId): boolean {
    const records = this.#byId.get(id);
    if (records === undefined) return false;
    for (const final of records.values()) if (!final) return true;
    return false;
  }

  ids(): IterableIterator<QueueId> {
    return this.#byId.keys();
  }

  /** The message is gone: its (final) records may go. */
  finish(id: QueueId, now: number): void {
    for (const subject of this.#byId.get(id)?.keys() ?? []) this.places.finish(subject, now);
    this.#byId.delete(id);
  }
}
