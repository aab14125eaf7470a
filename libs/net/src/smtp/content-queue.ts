import { reply, type Reply } from '@postroad/smtp';

/** The content cannot become a message. `reply` is what the client is told; null when there is no client left. */
export class ContentRefused extends Error {
  readonly reply: Reply | null;
  constructor(reason: string, answer: Reply | null) {
    super(reason);
    this.name = 'ContentRefused';
    this.reply = answer;
  }
}

/** Octets that may wait for the handler before the socket is left alone. */
const HIGH_WATER = 64 * 1024;

/**
 * The content of one DATA between the socket and the handler: an async iterable of buffers with back-pressure.
 * Everything that makes the content unfit is decided here, so that a handler cannot miss it: the iteration throws.
 */
export class ContentQueue implements AsyncIterable<Buffer>, AsyncIterator<Buffer, undefined> {
  readonly #maxSize: number;
  #chunks: Buffer[] = [];
  #held = 0;
  #size = 0;
  #state: 'open' | 'ended' | 'refused' | 'discarded' = 'open';
  #refusal: ContentRefused | null = null;
  #reader: { resolve: (result: IteratorResult<Buffer, undefined>) => void; reject: (error: Error) => void } | null =
    null;
  #whenRoom: (() => void) | null = null;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** Octets received, those thrown away included. */
  get size(): number {
    return this.#size;
  }

  get refusal(): ContentRefused | null {
    return this.#refusal;
  }

  push(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#state !== 'open') return;
    if (this.#size > this.#maxSize) {
      this.refuse(new ContentRefused('too large', oversize(this.#maxSize)));
      return;
    }
    if (this.#reader === null) {
      this.#chunks.push(chunk);
      this.#held += chunk.length;
      return;
    }
    const reader = this.#reader;
    this.#reader = null;
    reader.resolve({ done: false, value: chunk });
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = null;
  }

  /** The first refusal counts. After the end only a lost connection still matters to nobody: the message is whole. */
  refuse(refusal: ContentRefused): void {
    if (this.#state === 'ended' || this.#refusal !== null) return;
    this.#refusal = refusal;
    this.#drop('refused');
    this.#reader?.reject(refusal);
    this.#reader = null;
  }

  /** The handler has decided: what is left is thrown away. */
  discard(): void {
    if (this.#state === 'open' || this.#state === 'ended') this.#drop('discarded');
  }

  #drop(state: 'refused' | 'discarded'): void {
    this.#state = state;
    this.#chunks = [];
    this.#held = 0;
    this.#room();
  }

  /** Calls back at once while there is room, otherwise when the handler has caught up. */
  whenRoom(next: () => void): void {
    if (this.#held < HIGH_WATER || this.#state !== 'open') next();
    else this.#whenRoom = next;
  }

  #room(): void {
    const next = this.#whenRoom;
    this.#whenRoom = null;
    next?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#held -= chunk.length;
      if (this.#held < HIGH_WATER) this.#room();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    if (this.#state !== 'open') return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.discard();
    return Promise.resolve({ done: true, value: undefined });
  }
}

function oversize(maxSize: number): Reply {
  return reply(552, '5.3.4', `Message exceeds the limit of ${String(maxSize)} octets`);
}
