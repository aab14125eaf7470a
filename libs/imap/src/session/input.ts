import { SessionEnd } from '../errors.ts';
import type { ImapLimits } from '../limits.ts';
import type { ReaderEvent } from '../parse/reader.ts';
import { CommandReader } from '../parse/reader.ts';

/** Lets the transport stop reading its socket. */
export interface InputSource {
  pause(): void;
  resume(): void;
}

/** Octets held before the socket is paused. */
const HIGH_WATER = 128 << 10;

/** What the client has sent, as the session asks for it; the socket is paused while the session is behind. */
export class Input {
  readonly reader: CommandReader;
  readonly #source: InputSource;
  #ended: SessionEnd | null = null;
  #paused = false;
  #wake: (() => void) | null = null;
  /** Whether something came since it was last looked at. */
  #fresh = false;

  constructor(limits: ImapLimits, source: InputSource) {
    this.reader = new CommandReader(limits);
    this.#source = source;
  }

  feed(chunk: Uint8Array): void {
    if (this.#ended) return;
    this.reader.push(chunk);
    this.#fresh = true;
    if (this.reader.buffered > HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#wake?.();
  }

  /** The connection is over: nothing more will come, whoever waits is told. */
  end(reason: SessionEnd): void {
    this.#ended ??= reason;
    this.#wake?.();
  }

  /** The next event of the command grammar. @throws SessionEnd */
  event(): Promise<ReaderEvent> {
    return this.#poll(() => this.reader.next());
  }

  /** That event if it is here in whole, else null. */
  tryEvent(): ReaderEvent | null {
    this.#fresh = false;
    return this.reader.next();
  }

  /** The next line outside of the command grammar; null when it is too long. */
  async line(limit: number): Promise<Buffer | null> {
    const line = await this.#poll(() => this.reader.nextLine(limit));
    return 'error' in line ? null : line;
  }

  /** That line if it is here in whole, else null. @throws SessionEnd when it is too long */
  tryLine(limit: number): Buffer | null {
    this.#fresh = false;
    const line = this.reader.nextLine(limit);
    if (line !== null && 'error' in line) throw new SessionEnd(line.error);
    return line;
  }

  /** Octets of a literal accepted for streaming, up to its end. */
  async *literal(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = await this.#poll(() => this.reader.streamed());
      if (piece.length === 0) return;
      yield piece;
    }
  }

  /** Resolves when something has come since {@link tryLine} or {@link tryEvent}, or the connection is over, at the latest after `ms`. */
  async wait(ms: number): Promise<'input' | 'time'> {
    if (!this.#ended && !this.#fresh) {
      this.#unpause();
      await this.#sleep(ms);
    }
    return this.#fresh ? 'input' : 'time';
  }

  /** Wakes who waits in {@link wait}. */
  wake(): void {
    this.#wake?.();
  }

  get over(): SessionEnd | null {
    return this.#ended;
  }

  async #poll<T>(take: () => T | null): Promise<T> {
    for (;;) {
      const taken = take();
      if (taken !== null) return taken;
      if (this.#ended) throw this.#ended;
      this.#unpause();
      await this.#sleep(0);
    }
  }

  #unpause(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#source.resume();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms > 0 ? setTimeout(done, ms) : undefined;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
      this.#wake = () => {
        this.#wake = null;
        done();
      };
    });
  }
}
