import type { ImapLimits } from '../limits.ts';

/** A command as read so far: lines and literals in turn, beginning with a line; line ends and `{n}` are left out. */
export type Segments = readonly Buffer[];

export interface LiteralEvent {
  readonly kind: 'literal';
  readonly segments: Segments;
  readonly size: number;
  readonly synchronising: boolean;
}

export type ReaderEvent =
  | { readonly kind: 'command'; readonly segments: Segments }
  /** A literal comes: answer with {@link CommandReader.accept}. Of literal8 (RFC 3516) the `~` ends the line before it. */
  | LiteralEvent
  /** Nothing more of this command will be read; `fatal` when the stream cannot be followed any more. */
  | { readonly kind: 'error'; readonly text: string; readonly segments: Segments; readonly fatal: boolean };

const LF = 10;
const CR = 13;
const TILDE = 0x7e;
const LITERAL = /\{(\d{1,10})(\+?)\}$/;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Cuts a stream of octets into commands (RFC 9051 §2.2, RFC 7888). Give octets with `push`, take events with `next` until it
 * returns null. Memory is bounded by the limits; a line that is too long is dropped up to its end. A chunk is taken over, not
 * copied: whoever gave it must not change it. Nothing is held while nothing is under way.
 */
export class CommandReader {
  readonly #limits: ImapLimits;
  #buffer: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** Octets from `#start` known to hold no LF. */
  #scanned = 0;
  #segments: Buffer[] = [];
  #commandSize = 0;
  #literal: { left: number; mode: 'undecided' | 'hold' | 'stream' | 'skip' } | null = null;
  /** Set while the rest of an overlong line is dropped. */
  #dropping = 0;
  authenticated = false;

  constructor(limits: ImapLimits) {
    this.#limits = limits;
  }

  /** Octets received and not yet used. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  push(chunk: Uint8Array): void {
    if (this.buffered === 0) {
      this.#buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Forgets everything received: nothing sent in the clear may count after STARTTLS (RFC 9051 §11.1). */
  reset(): void {
    this.#buffer = EMPTY;
    this.#start = this.#end = this.#scanned = this.#dropping = 0;
    this.#segments = [];
    this.#commandSize = 0;
    this.#literal = null;
  }

  next(): ReaderEvent | null {
    for (;;) {
      if (this.#literal) {
        if (this.#literal.mode === 'undecided' || this.#literal.mode === 'stream') return null;
        const filled = this.#fillLiteral(this.#literal);
        if (filled === 'bad') return this.#fail('NUL in literal', false);
        if (!filled) return null;
      }
      const line = this.#line(this.authenticated ? this.#limits.line : this.#limits.lineBeforeAuth);
      if (line === null) return null;
      if (line === 'again') continue;
      if ('error' in line) return this.#fail(line.error, line.fatal);
      const event = this.#endOfLine(line.line);
      if (event) return event;
    }
  }

  /** One line outside of any command: a SASL response, or DONE. Null when it has not come in whole. */
  nextLine(limit: number): Buffer | { readonly error: string } | null {
    const line = this.#line(limit);
    if (line === 'again') return { error: 'unexpected literal' };
    return line === null || 'error' in line ? line : line.line;
  }

  /** What to do with the literal announced: hold it as part of the command, stream it, or read it away and forget the command. */
  accept(mode: 'hold' | 'stream' | 'skip'): void {
    if (!this.#literal) return;
    this.#literal.mode = mode;
    if (mode === 'skip') this.#segments = [];
  }

  /** The command is given up after a synchronising literal was refused: the client will not send it (RFC 7888 §2). */
  abandon(): void {
    this.#literal = null;
    this.#segments = [];
    this.#commandSize = 0;
  }

  /** The lines so far were taken: a command of many streamed literals is not held. */
  forget(): void {
    this.#segments = [];
    this.#commandSize = 0;
  }

  /** Octets of a streamed literal: null when none are here yet, empty at its end. */
  streamed(): Buffer | null {
    const literal = this.#literal;
    if (!literal) return EMPTY;
    if (literal.left === 0) {
      this.#literal = null;
      this.#segments.push(EMPTY);
      return EMPTY;
    }
    if (this.buffered === 0) return null;
    const size = Math.min(literal.left, this.buffered);
    const piece = this.#buffer.subarray(this.#start, this.#start + size);
    this.#consume(size);
    literal.left -= size;
    return piece;
  }

  #endOfLine(line: Buffer): ReaderEvent | null {
    this.#commandSize += line.length;
    const tail =
      line.length && line[line.length - 1] === 0x7d
        ? LITERAL.exec(line.toString('latin1', Math.max(0, line.length - 14)))
        : null;
    this.#segments.push(tail ? line.subarray(0, line.length - tail[0].length) : line);
    if (this.#commandSize > this.#limits.command) return this.#fail('command too long', false);
    if (line.includes(0)) return this.#fail('NUL in command', false);
    if (!tail) {
      const segments = this.#segments;
      this.forget();
      return { kind: 'command', segments };
    }
    const size = Number(tail[1]);
    this.#literal = { left: size, mode: 'undecided' };
    return { kind: 'literal', segments: this.#segments, size, synchronising: tail[2] === '' };
  }

  /** Whether the literal has come in whole; `bad`: it has a NUL and is no literal8 (RFC 9051 §4.3). */
  #fillLiteral(literal: { left: number; mode: string }): boolean | 'bad' {
    if (literal.mode === 'skip') {
      const size = Math.min(literal.left, this.buffered);
      this.#consume(size);
      literal.left -= size;
      if (literal.left > 0) return false;
      this.#dropping = 1;
      this.#literal = null;
      return true;
    }
    if (this.buffered < literal.left) return false;
    const content = this.#buffer.subarray(this.#start, this.#start + literal.left);
    const binary = this.#segments.at(-1)?.at(-1) === TILDE;
    this.#segments.push(content);
    this.#commandSize += literal.left;
    this.#consume(literal.left);
    this.#literal = null;
    if (binary || !content.includes(0)) return true;
    this.#dropping = 1;
    return 'bad';
  }

  #fail(text: string, fatal: boolean): ReaderEvent {
    const segments = this.#segments;
    this.forget();
    return { kind: 'error', text, segments, fatal };
  }

  /** The next line without its end; CRLF, or a bare LF as interactive clients send it. */
  #line(limit: number): { line: Buffer } | { error: string; fatal: boolean } | 'again' | null {
    const at = this.#buffer.subarray(0, this.#end).indexOf(LF, this.#start + this.#scanned);
    if (at < 0) return this.#lineWithoutEnd(limit);
    const end = at > this.#start && this.#buffer[at - 1] === CR ? at - 1 : at;
    const tooLong = end - this.#start > limit;
    const line = this.#buffer.subarray(this.#start, tooLong ? this.#start + 64 : end);
    const tail = this.#buffer.subarray(Math.max(this.#start, end - 14), end);
    this.#consume(at + 1 - this.#start);
    if (this.#dropping === 0 && !tooLong) return { line };
    const again = this.#dropping > 0;
    this.#dropping = 0;
    // what follows a dropped line may be its literal, which must not be read as commands
    const literal = LITERAL.exec(tail.toString('latin1'));
    if (literal?.[2] === '+') {
      this.#literal = { left: Number(literal[1]), mode: 'skip' };
      if (this.#literal.left > this.#limits.skip) return { error: 'literal too long', fatal: true };
    }
    if (again) return 'again';
    this.#segments.push(line);
    return { error: 'line too long', fatal: false };
  }

  #lineWithoutEnd(limit: number): { error: string; fatal: boolean } | null {
    this.#scanned = this.buffered;
    if (this.#dropping === 0 && this.buffered <= limit + 1) return null;
    const first = this.#dropping === 0;
    if (first) this.#segments.push(this.#buffer.subarray(this.#start, this.#start + 64));
    this.#dropping += this.buffered;
    this.#consume(this.buffered);
    if (first) return { error: 'line too long', fatal: false };
    return this.#dropping > this.#limits.skip ? { error: 'line without end', fatal: true } : null;
  }

  #consume(size: number): void {
    this.#start += size;
    this.#scanned = 0;
    if (this.#start !== this.#end) return;
    this.#start = this.#end = 0;
    this.#buffer = EMPTY;
  }

  /** Always to a new place: pieces of the old one may be in other hands. */
  #makeRoom(size: number): void {
    const held = this.#buffer.subarray(this.#start, this.#end);
    const target = Buffer.allocUnsafe(Math.max(4096, (held.length + size) * 2));
    target.set(held);
    this.#buffer = target;
    this.#start = 0;
    this.#end = held.length;
  }
}
