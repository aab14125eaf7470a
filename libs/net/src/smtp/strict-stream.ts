import { DotUnstuffer, LineReader, RFC5321_LIMITS, SmtpProtocolError, type Unstuffed } from '@postroad/smtp';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { ContentRefused, type ContentQueue } from './content-queue.ts';

interface StrictStreamHooks {
  /** One command; `next` is called when the following may be read. */
  readonly line: (line: Buffer, next: () => void) => void;
  /** The stream cannot be read on. */
  readonly broken: (error: SmtpProtocolError) => void;
  /** The content goes on beyond `maxSize` and the slack. */
  readonly flooded: () => void;
}

/** Lines handled in one go before the event loop gets its turn: a chunk can hold thousands. */
const BURST = 100;

/**
 * Override of smtp-server's stream, which ends commands at a bare LF, unstuffs after one, and yields once per stuffed dot (seconds for
 * a message full of them). Ours reads lines and content with the codec: CRLF only, in commands and in content alike.
 */
export class StrictStream extends SMTPStream {
  readonly #hooks: StrictStreamHooks;
  readonly #lines = new LineReader(RFC5321_LIMITS.authLine);
  #content: { queue: ContentQueue; unstuffer: DotUnstuffer; limit: number; ended: () => void } | null = null;
  /** Content has ended and the transaction has not: what follows waits here. */
  #waiting: (() => void) | null = null;
  #busy = false;

  constructor(hooks: StrictStreamHooks) {
    super();
    this.#hooks = hooks;
  }

  /** Reads content from here on, until its end; then waits for {@link resume}. `limit`: octets before `flooded`. */
  startContent(queue: ContentQueue, limit: number, ended: () => void): void {
    this.#content = { queue, unstuffer: new DotUnstuffer(), limit, ended };
    this.#busy = true;
  }

  /** The transaction has its reply: commands may be read again. */
  resume(): void {
    this.#busy = false;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding | 'buffer', next: (error?: Error | null) => void): void {
    if (this.isClosed) next();
    else if (this.#content !== null) this.#readContent(chunk, next);
    else {
      this.#lines.push(chunk);
      this.#readLines(next);
    }
  }

  override _flushData(): void {
    // A line without its end is no command (RFC 5321 §2.3.8).
  }

  #readLines(next: () => void): void {
    for (let burst = 0; ; burst++) {
      if (this.isClosed) {
        next();
        return;
      }
      if (this.#content !== null) {
        const rest = this.#lines.takeRest();
        if (rest.length > 0) this.#readContent(rest, next);
        else next();
        return;
      }
      if (this.#busy) {
        this.#waiting = () => {
          this.#readLines(next);
        };
        return;
      }
      if (burst === BURST) {
        setImmediate(() => {
          this.#readLines(next);
        });
        return;
      }
      if (!this.#readLine(next)) return;
    }
  }

  /** True when the line was dealt with at once and the next may be read. */
  #readLine(next: () => void): boolean {
    let line: Buffer | null;
    try {
      line = this.#lines.next();
    } catch (error) {
      this.#broken(error);
      next();
      return false;
    }
    if (line === null) {
      next();
      return false;
    }
    let inline: boolean | null = null;
    this.#hooks.line(line, () => {
      if (inline === null) inline = true;
      else this.#readLines(next);
    });
    if (inline !== null) return true;
    inline = false;
    return false;
  }

  #readContent(chunk: Buffer, next: () => void): void {
    const content = this.#content;
    if (content === null) throw new Error('no content is being read');
    let out: Unstuffed;
    try {
      out = content.unstuffer.push(chunk);
    } catch (error) {
      this.#broken(error);
      next();
      return;
    }
    // One piece for the handler however many dots were removed: a message of nothing but dots must not cost a write per line.
    const [first] = out.content;
    if (first !== undefined) content.queue.push(out.content.length === 1 ? first : Buffer.concat(out.content));
    if (out.rest === null) {
      if (content.queue.size > content.limit) this.#hooks.flooded();
      content.queue.whenRoom(next);
      return;
    }
    this.#content = null;
    if (content.unstuffer.nul) content.queue.refuse(NUL_CONTENT());
    content.queue.end();
    if (out.rest.length > 0) this.#lines.push(out.rest);
    this.#waiting = () => {
      this.#readLines(next);
    };
    content.ended();
  }

  #broken(error: unknown): void {
    if (!(error instanceof SmtpProtocolError)) throw error;
    this.isClosed = true;
    this.#hooks.broken(error);
  }
}

const NUL_CONTENT = (): ContentRefused =>
  new ContentRefused('NUL', { code: 554, status: '5.6.0', lines: ['A message cannot contain NUL'] });
