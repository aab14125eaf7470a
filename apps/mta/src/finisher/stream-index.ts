import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, type StreamName, StreamReader } from '@postroad/bus';
import type { JsMsg, MsgRequest } from '@nats-io/jetstream';

export interface StreamIndexOptions {
  readonly bus: Bus;
  readonly stream: StreamName;
  readonly filter: string;
  /** Called for every message in the order of the stream; headers only. */
  readonly onMessage: (message: JsMsg) => void;
  readonly onError: (error: unknown) => void;
}

/** Follows a stream from its first message, without reading bodies, and knows how far it has come. */
export class StreamIndex {
  readonly #options: StreamIndexOptions;
  #position = 0;
  #reader: StreamReader | null = null;
  #stopped = false;

  constructor(options: StreamIndexOptions) {
    this.#options = options;
  }

  /** Sequence of the last message seen. */
  get position(): number {
    return this.#position;
  }

  start(): void {
    void this.#follow();
  }

  stop(): void {
    this.#stopped = true;
    this.#reader?.stop();
  }

  async #follow(): Promise<void> {
    const { bus, stream, filter, onMessage, onError } = this.#options;
    while (!this.#stopped) {
      try {
        this.#reader = await StreamReader.open(bus, stream, {
          ...{ filter, from: this.#position + 1, headersOnly: true, ahead: 2_000 },
        });
        if (this.#stopped) return await this.#reader.close();
        for await (const message of this.#reader) {
          onMessage(message);
          this.#position = message.seq;
        }
      } catch (error) {
        onError(error);
      }
      if (!this.#stopped) await sleep(500);
    }
  }

  /**
   * Waits until everything that stood in the stream when this was called has been seen.
   * @returns false when that did not happen within a few seconds
   */
  async caughtUp(): Promise<boolean> {
    const { bus, stream } = this.#options;
    const { state } = await bus.jsm.streams.info(stream);
    for (let i = 0; i < 100 && this.#position < state.last_seq; i++) {
      if (this.#stopped) return false;
      // The last messages may have been removed: then nothing stands above where we are, and the leader says so.
      if (i % 20 === 10 && (await this.#nothingAbove())) this.#position = Math.max(this.#position, state.last_seq);
      await sleep(20);
    }
    return this.#position >= state.last_seq;
  }

  async #nothingAbove(): Promise<boolean> {
    const { bus, stream, filter } = this.#options;
    const at = this.#position;
    const next = await bus.jsm.streams
      // The server's API knows this form (it is the direct one's too); the client's type does not list it.
      .getMessage(stream, { seq: at + 1, next_by_subj: filter } as MsgRequest)
      .catch((error: unknown) => ((error as { code?: number }).code === 10037 ? null : undefined));
    return next === null && at === this.#position;
  }
}
