import { SessionEnd } from '../errors.ts';
import { digits } from './digits.ts';
import type { Piece } from './strings.ts';

/** Where a session's octets go; the transport of a test is an array. */
export interface OutputSink {
  /** Takes the octets over. False when the reader is behind: wait for `drained`. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when there is room again; rejects when the connection is lost or the reader too slow. */
  drained(): Promise<void>;
}

/** Octets gathered before they are written in one go. */
const GATHER = 64 << 10;
/** The first buffer of an answer: most answers are short. */
const FIRST = 1 << 10;
/** Octets from which a piece goes as it is, uncopied. */
const APART = 32 << 10;
const TEXT_APART = 8 << 10;
/** Numbers written in one go. */
const NUMBERS = 2048;

/**
 * Responses on their way out: gathered into buffers that exist only while there is something in them, and nobody runs ahead of a
 * slow reader.
 */
export class Output {
  readonly #sink: OutputSink;
  #buffer: Buffer | null = null;
  #used = 0;
  #ready: Uint8Array[] | null = null;
  #readySize = 0;
  /** Octets of the next buffer: large while much is under way. */
  #next = FIRST;
  #closed = false;

  constructor(sink: OutputSink) {
    this.#sink = sink;
  }

  /** Adds a piece of a response as it is; octets given must not change any more. */
  add(...pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (typeof piece === 'string') this.text(piece);
      else this.bytes(piece);
    }
  }

  /** Adds text as UTF-8. */
  text(text: string): void {
    // a code unit is three octets of UTF-8 at most
    if (text.length > TEXT_APART) {
      this.bytes(Buffer.from(text, 'utf8'));
      return;
    }
    const buffer = this.#room(text.length * 3);
    this.#used += buffer.write(text, this.#used, 'utf8');
  }

  bytes(bytes: Uint8Array): void {
    if (bytes.length >= APART) {
      this.#seal();
      (this.#ready ??= []).push(bytes);
      this.#readySize += bytes.length;
      return;
    }
    this.#room(bytes.length).set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Has `size` octets at most written in place; `write` returns where it stopped. */
  fill(size: number, write: (buffer: Uint8Array, at: number) => number): void {
    const buffer = this.#room(size);
    this.#used = write(buffer, this.#used);
  }

  /** Numbers of 32 bits, each behind a space. */
  numbers(list: ArrayLike<number>): void {
    for (let from = 0; from < list.length; from += NUMBERS) {
      const to = Math.min(list.length, from + NUMBERS);
      this.fill((to - from) * 11, (buffer, start) => {
        let at = start;
        for (let i = from; i < to; i++) {
          buffer[at] = 0x20;
          at = digits(buffer, at + 1, list[i] ?? 0);
        }
        return at;
      });
    }
  }

  /** One response line. */
  line(text: string): void {
    this.text(text);
    this.text('\r\n');
  }

  untagged(text: string): void {
    this.text('* ');
    this.text(text);
    this.text('\r\n');
  }

  /** Whether enough is gathered to be written, or there is nobody to write to. */
  get full(): boolean {
    return this.#closed || this.#readySize + this.#used >= GATHER;
  }

  /** Writes when enough is gathered, and waits for a slow reader: call it between messages and between chunks. */
  async room(): Promise<void> {
    if (this.full) await this.flush();
  }

  /** Nobody is there to read: the next flush ends the session, so that no work is done for nothing. */
  close(): void {
    this.#closed = true;
  }

  /** @throws SessionEnd when the client is gone */
  async flush(): Promise<void> {
    if (this.#closed) throw new SessionEnd(null);
    this.#seal();
    const ready = this.#ready;
    if (!ready) return;
    if (this.#readySize < FIRST) this.#next = FIRST;
    this.#ready = null;
    this.#readySize = 0;
    let room = true;
    for (const bytes of ready) room = this.#sink.write(bytes);
    if (!room) await this.#sink.drained();
  }

  #room(size: number): Buffer {
    if (this.#buffer && this.#buffer.length - this.#used >= size) return this.#buffer;
    if (this.#buffer) this.#next = GATHER + APART;
    this.#seal();
    this.#buffer = Buffer.allocUnsafe(Math.max(this.#next, size));
    return this.#buffer;
  }

  /** What is in the buffer is ready to go. */
  #seal(): void {
    if (!this.#buffer) return;
    if (this.#used > 0) {
      (this.#ready ??= []).push(this.#buffer.subarray(0, this.#used));
      this.#readySize += this.#used;
    }
    this.#buffer = null;
    this.#used = 0;
  }
}
