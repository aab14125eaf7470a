import type { Duplex, Writable } from 'node:stream';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';

/**
 * The compressor. Its window and hash tables (2^(windowBits + 2) + 2^(memLevel + 9) octets) are there only while there is something
 * to send: see {@link REST}.
 */
const DEFLATE = { windowBits: 14, memLevel: 7, level: 3, chunkSize: 32 << 10, flush: constants.Z_SYNC_FLUSH };
/**
 * The client chooses the window up to 32 KiB. Small pieces: one is held for each connection, and no more than two are made
 * unasked, however much comes out of how little.
 */
const INFLATE = { chunkSize: 4 << 10, highWaterMark: 4 << 10, finishFlush: constants.Z_SYNC_FLUSH };
/** ms of silence after which the compressor is given up. */
const REST = 5000;

export interface CompressionEvents {
  readonly onData: (chunk: Uint8Array) => void;
  /** The client sends no more. */
  readonly onEnd: () => void;
  /** What came is no DEFLATE stream. */
  readonly onBroken: () => void;
}

/**
 * Both directions of a connection through DEFLATE (RFC 1951, RFC 4978). The stream we send goes on over many compressors: after a
 * sync flush it is at an octet boundary, and a new one refers to nothing before itself, so an idle connection needs none.
 */
export class Compression {
  readonly #socket: Duplex;
  readonly #inflate: InflateRaw;
  readonly #rest: NodeJS.Timeout;
  #deflate: DeflateRaw | null = null;
  /** Writes not yet compressed. */
  #pending = 0;

  /** Takes over reading from the socket at once. */
  constructor(socket: Duplex, { onData, onEnd, onBroken }: CompressionEvents) {
    this.#socket = socket;
    this.#inflate = createInflateRaw(INFLATE)
      .on('data', onData)
      .once('end', onEnd)
      .on('error', onBroken)
      // whatever else comes cannot be understood; the end of the connection must still be seen
      .once('close', () => socket.resume());
    socket.pipe(this.#inflate);
    this.#rest = setTimeout(() => {
      this.#release();
    }, REST).unref();
  }

  write(bytes: Uint8Array): boolean {
    this.#rest.refresh();
    this.#pending++;
    return this.#compressor().write(bytes, () => {
      this.#pending--;
    });
  }

  /** What says `drain` when there is room again after a {@link write} that was one too many. */
  get outlet(): Writable {
    return this.#deflate ?? this.#socket;
  }

  pause(): void {
    this.#inflate.pause();
  }

  resume(): void {
    this.#inflate.resume();
  }

  /** Sends what is left, then the end of the stream, and closes the sending side. */
  end(): void {
    this.#compressor().end();
    this.#deflate?.once('end', () => this.#socket.end());
  }

  destroy(): void {
    clearTimeout(this.#rest);
    this.#socket.unpipe(this.#inflate);
    this.#inflate.destroy();
    this.#deflate?.destroy();
    this.#deflate = null;
  }

  #compressor(): DeflateRaw {
    if (this.#deflate) return this.#deflate;
    const deflate = createDeflateRaw(DEFLATE).on('error', () => this.#socket.destroy());
    deflate.pipe(this.#socket, { end: false });
    this.#deflate = deflate;
    return deflate;
  }

  #release(): void {
    const deflate = this.#deflate;
    if (!deflate) return;
    if (this.#pending > 0 || deflate.readableLength > 0 || deflate.writableEnded) {
      this.#rest.refresh();
      return;
    }
    this.#deflate = null;
    deflate.unpipe(this.#socket);
    deflate.destroy();
  }
}
