import { SmtpProtocolError } from '../error.ts';

const NUL = 0;
const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

const START = 0; // at the start of a line
const MIDDLE = 1;
const AFTER_CR = 2;
const AFTER_DOT = 3; // a line began with a dot, which is not content (RFC 5321 §4.5.2)
const AFTER_DOT_CR = 4; // ".\r": an LF now ends the content, anything else is a bare CR
const ENDED = 5;

/** What one chunk held: content as views into the chunk (nothing is copied) and, at the end, what follows the content. */
export interface Unstuffed {
  readonly content: Buffer[];
  /** Null while the content goes on; the octets after `CRLF.CRLF` once it has ended (pipelined commands). */
  readonly rest: Buffer | null;
}

/**
 * Reads mail data (RFC 5321 §4.1.1.4, §4.5.2): removes transparency dots and finds `<CRLF>.<CRLF>`, the only end there is.
 * A bare CR or LF throws {@link SmtpProtocolError}: it is how messages are smuggled past servers that disagree (§2.3.8).
 * One pass over each octet, which also finds NULs and octets above 127.
 */
export class DotUnstuffer {
  #state = START;
  #offset = 0;
  /** Whether a NUL was seen: RFC 5322 §2.2 has no place for it and IMAP cannot hand it out (RFC 3501 §9, CHAR8). */
  nul = false;

  push(chunk: Buffer): Unstuffed {
    const content: Buffer[] = [];
    let from = 0;
    let state = this.#state;
    const length = chunk.length;
    for (let i = 0; i < length; i++) {
      const octet = chunk[i];
      if (octet === LF) {
        if (state === AFTER_CR) state = START;
        else if (state === AFTER_DOT_CR) {
          this.#state = ENDED;
          this.#offset += i + 1;
          return { content, rest: chunk.subarray(i + 1) };
        } else throw new SmtpProtocolError('BARE_LF', this.#offset + i);
      } else if (state === AFTER_CR || state === AFTER_DOT_CR) {
        throw new SmtpProtocolError('BARE_CR', this.#offset + i - 1);
      } else if (octet === CR) {
        state = state === AFTER_DOT ? AFTER_DOT_CR : AFTER_CR;
      } else if (octet === DOT && state === START) {
        if (i > from) content.push(chunk.subarray(from, i));
        from = i + 1;
        state = AFTER_DOT;
      } else {
        if (octet === NUL) this.nul = true;
        state = MIDDLE;
      }
    }
    this.#state = state;
    this.#offset += length;
    // The CR of ".\r" belongs to the terminator, or to an error.
    const to = state === AFTER_DOT_CR ? length - 1 : length;
    if (to > from) content.push(from === 0 && to === length ? chunk : chunk.subarray(from, to));
    return { content, rest: null };
  }

  get ended(): boolean {
    return this.#state === ENDED;
  }
}
