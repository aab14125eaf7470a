import { SmtpProtocolError } from './error.ts';

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts a stream into lines ended by CRLF and by nothing else (RFC 5321 §2.3.8): a bare CR or a bare LF is an error, never an
 * end of line, because servers that disagree on where a line ends can be made to disagree on where a message ends.
 * Holds at most one unfinished line plus the chunk pushed last.
 */
export class LineReader {
  #held: Buffer = EMPTY;
  /** Octets of `#held` known to contain no line end. */
  #scanned = 0;
  #consumed = 0;
  /** Octets a line may have, CRLF included. */
  maxLine: number;

  constructor(maxLine: number) {
    this.maxLine = maxLine;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
  }

  /** The next line without its CRLF, or null when it is not there yet. */
  next(): Buffer | null {
    const held = this.#held;
    const lf = held.indexOf(LF, this.#scanned);
    const end = lf < 0 ? held.length : lf + 1;
    if (end > this.maxLine) throw new SmtpProtocolError('LINE_TOO_LONG', this.#consumed + this.maxLine);
    const cr = held.indexOf(CR, Math.max(0, this.#scanned - 1));
    // A CR that ends what we hold may yet be followed by its LF.
    if (cr >= 0 && cr + 1 < end && cr + 1 !== lf) throw new SmtpProtocolError('BARE_CR', this.#consumed + cr);
    if (lf < 0) {
      this.#scanned = held.length;
      return null;
    }
    if (cr < 0 || cr + 1 !== lf) throw new SmtpProtocolError('BARE_LF', this.#consumed + lf);
    this.#held = held.subarray(end);
    this.#scanned = 0;
    this.#consumed += end;
    return held.subarray(0, cr);
  }

  /** Octets pushed but not read as lines; the reader is empty afterwards. For DATA, and to drop what came before STARTTLS. */
  takeRest(): Buffer {
    const rest = this.#held;
    this.#held = EMPTY;
    this.#scanned = 0;
    this.#consumed += rest.length;
    return rest;
  }

  get pending(): number {
    return this.#held.length;
  }
}
