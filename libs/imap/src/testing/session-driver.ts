import type { ImapLimits } from '../limits.ts';
import { ImapSession } from '../session/session.ts';
import { MemoryBackend } from './memory-backend.ts';

/** A session without a socket: octets go in by `send`, what comes out is gathered. */
export class SessionDriver {
  readonly backend: MemoryBackend;
  readonly session: ImapSession;
  readonly done: Promise<void>;
  /** Errors that were not the client's fault. */
  readonly errors: unknown[] = [];
  /** The TLS handshake STARTTLS waits for. */
  startTls: () => Promise<void> = () => Promise.resolve();
  #output = '';
  #tag = 0;
  paused = false;
  compressed = false;
  ended = false;

  constructor(
    options: {
      backend?: MemoryBackend;
      secure?: boolean;
      limits?: Partial<ImapLimits>;
      literals?: 'plus' | 'minus';
      slow?: () => Promise<void>;
      /** Whether it can be compressed: `<deflate>` stands where that begins. */
      compress?: boolean;
    } = {},
  ) {
    this.backend = options.backend ?? new MemoryBackend();
    this.session = new ImapSession({
      backend: this.backend,
      secure: options.secure ?? true,
      ...(options.literals && { literals: options.literals }),
      limits: { authFailureDelay: 0, authTimeout: 10_000, idleTimeout: 10_000, ...options.limits },
      transport: {
        write: (bytes) => {
          this.#output += Buffer.from(bytes).toString('latin1');
          return options.slow === undefined;
        },
        drained: () => options.slow?.() ?? Promise.resolve(),
        pause: () => {
          this.paused = true;
        },
        resume: () => {
          this.paused = false;
        },
        startTls: () => this.startTls(),
        ...(options.compress && {
          compress: () => {
            this.compressed = true;
            this.#output += '<deflate>';
          },
        }),
      },
      onError: (error) => {
        this.errors.push(error);
      },
    });
    this.done = this.session.run().finally(() => {
      this.ended = true;
    });
  }

  /** A session that is signed in and has INBOX selected. */
  static async selected(options: ConstructorParameters<typeof SessionDriver>[0] = {}): Promise<SessionDriver> {
    const driver = new SessionDriver(options);
    await driver.command('LOGIN user pass');
    await driver.command('SELECT INBOX');
    return driver;
  }

  send(octets: string | Buffer): void {
    this.session.feed(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets);
  }

  /** Sends a command and resolves to all that was said up to its tagged response. */
  async command(text: string): Promise<string> {
    const tag = `c${String(++this.#tag)}`;
    this.send(`${tag} ${text}\r\n`);
    await this.until(new RegExp(`^${tag} .*\\r\\n`, 'm'));
    return this.take();
  }

  async until(pattern: RegExp): Promise<void> {
    for (let i = 0; i < 2000; i++) {
      if (pattern.test(this.#output)) return;
      if (this.ended) break;
      await new Promise((resolve) => (i < 50 ? setImmediate(resolve) : setTimeout(resolve, 1)));
    }
    throw new Error(`waited for ${String(pattern)}, got ${JSON.stringify(this.#output.slice(-500))}`);
  }

  take(): string {
    const output = this.#output;
    this.#output = '';
    return output;
  }

  async end(): Promise<string> {
    this.session.end();
    await this.done;
    return this.take();
  }
}
