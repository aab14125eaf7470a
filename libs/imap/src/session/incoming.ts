import { ParseError, SessionEnd } from '../errors.ts';
import type { ImapLimits } from '../limits.ts';
import { Arguments, type ArgumentsOptions } from '../parse/arguments.ts';
import type { LiteralEvent, ReaderEvent, Segments } from '../parse/reader.ts';
import type { Output } from '../write/output.ts';
import type { Input } from './input.ts';

/** What the rest of a streamed command is read with. */
export interface IncomingHost {
  readonly input: Input;
  readonly output: Output;
  readonly limits: ImapLimits;
  readonly argumentsOptions: ArgumentsOptions;
  /** Octets of literals nobody wants that may be read away before the connection is given up. */
  readonly skip: number;
  /** Whether a literal may be sent without being asked for. */
  mayFollow(event: LiteralEvent): boolean;
  /** Called as octets come in. */
  heard(): void;
}

/**
 * A command with messages in it, read as it comes: `args` is the line at hand, `literal` what follows it. Whatever happens,
 * {@link finish} reads the stream to where the next command begins.
 */
export class Incoming {
  readonly #host: IncomingHost;
  #literal: LiteralEvent | null;
  #args: Arguments;
  #streaming = false;

  constructor(host: IncomingHost, event: Exclude<ReaderEvent, { kind: 'error' }>) {
    this.#host = host;
    this.#literal = event.kind === 'literal' ? event : null;
    this.#args = this.#argumentsOf(event.segments);
    if (this.#literal) host.input.reader.forget();
  }

  get args(): Arguments {
    return this.#args;
  }

  /** Whether the line is used up and a literal follows. */
  get atLiteral(): boolean {
    return this.#literal !== null && this.#args.atEnd();
  }

  /** Octets of the literal ahead; 0 when none is. */
  get size(): number {
    return this.#literal?.size ?? 0;
  }

  /** Whether the command is read to its end. */
  get atEnd(): boolean {
    return this.#literal === null && this.#args.atEnd();
  }

  /** Octets of the literal ahead, asked for where the client waits; `args` is the line behind it when they are read. */
  async *content(): AsyncGenerator<Uint8Array> {
    await this.#begin();
    for await (const piece of this.#host.input.literal()) {
      this.#host.heard();
      yield piece;
    }
    await this.#advance();
  }

  /** The literal ahead, kept. @throws ParseError when it is longer than `limit` */
  async hold(limit: number): Promise<Buffer> {
    if (this.size > limit) throw new ParseError('literal too long', 0);
    const pieces: Uint8Array[] = [];
    for await (const piece of this.content()) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Reads away what is left: the rest of a literal that was asked for, and literals that come unasked. */
  async finish(): Promise<void> {
    const { input, skip } = this.#host;
    let left = skip;
    try {
      if (this.#streaming) await this.#drain();
      while (this.#literal) {
        if (this.#literal.synchronising) {
          input.reader.abandon();
          return;
        }
        left -= this.#literal.size;
        if (left < 0) throw new SessionEnd('literal too long');
        this.#streaming = true;
        input.reader.accept('stream');
        await this.#drain();
      }
    } catch (error) {
      // what breaks the grammar now is part of a command that failed already; the reader has passed over it
      if (!(error instanceof ParseError)) throw error;
    }
  }

  async #begin(): Promise<void> {
    const event = this.#literal;
    if (!event || this.#streaming) throw new ParseError('expected a literal', 0);
    if (!this.#host.mayFollow(event)) throw new ParseError('literal too long to be sent unasked', 0);
    this.#streaming = true;
    this.#host.input.reader.accept('stream');
    if (!event.synchronising) return;
    this.#host.output.line('+ go ahead');
    await this.#host.output.flush();
  }

  async #drain(): Promise<void> {
    for await (const rest of this.#host.input.literal()) {
      void rest;
      this.#host.heard();
    }
    await this.#advance();
  }

  /** The line behind a literal. */
  async #advance(): Promise<void> {
    this.#streaming = false;
    this.#literal = null;
    const event = await this.#host.input.event();
    if (event.kind === 'error') {
      if (event.fatal) throw new SessionEnd(event.text);
      throw new ParseError(event.text, 0);
    }
    if (event.kind === 'literal') this.#literal = event;
    this.#args = this.#argumentsOf(event.segments.slice(-1));
    if (this.#literal) this.#host.input.reader.forget();
  }

  #argumentsOf(segments: Segments): Arguments {
    // the list is the reader's own, and goes on growing
    return new Arguments([...segments], this.#host.argumentsOptions);
  }
}

const STREAMED = /^[^ ]+ +(?:append|(?:uid +)?replace +[^ ]+) +(.?)/i;

/** Whether a command is read as it comes, and the literal at hand is not the name of its mailbox. */
export function isStreamed(event: ReaderEvent): boolean {
  const match = STREAMED.exec(event.segments[0]?.toString('latin1', 0, 256) ?? '');
  if (!match) return false;
  return event.kind === 'command' || match[1] !== '' || event.segments.length > 1;
}
