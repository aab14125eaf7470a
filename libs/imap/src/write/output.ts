import { SessionEnd } from '../errors.ts';
import type { Piece } from './strings.ts';
import { joinPieces } from './strings.ts';

/** Where a session's octets go; the transport of a test is an array. */
export interface OutputSink {
  /** False when the reader is behind: wait for `drained`. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when there is room again; rejects when the connection is lost or the reader too slow. */
  drained(): Promise<void>;
}

/** Octets gathered before they are written in one go. */
const GATHER = 16 << 10;

/** Responses on their way out: small ones are gathered, and nobody runs ahead of a slow reader. */
export class Output {
  readonly #sink: OutputSink;
  #pieces: Piece[] = [];
  #size = 0;
  #closed = false;

  constructor(sink: OutputSink) {
    this.#sink = sink;
  }

  /** Adds a piece of a response as it is. */
  add(...pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#size += piece.length;
    }
  }

  /** One response line. */
  line(text: string): void {
    this.add(text, '\r\n');
  }

  untagged(text: string): void {
    this.add('* ', text, '\r\n');
  }

  /** Writes when enough is gathered, and waits for a slow reader: call it between messages and between chunks. */
  async room(): Promise<void> {
    if (this.#size >= GATHER) await this.flush();
  }

  /** Nobody is there to read: the next flush ends the session, so that no work is done for nothing. */
  close(): void {
    this.#closed = true;
  }

  /** @throws SessionEnd when the client is gone */
  async flush(): Promise<void> {
    if (this.#closed) throw new SessionEnd(null);
    if (this.#size === 0) return;
    const bytes = joinPieces(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    if (!this.#sink.write(bytes)) await this.#sink.drained();
  }
}
