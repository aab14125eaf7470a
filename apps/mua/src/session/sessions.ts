import { createHash, randomBytes } from 'node:crypto';

const IDLE_MS = 12 * 3_600_000;
const ABSOLUTE_MS = 7 * 24 * 3_600_000;

interface Entry<T> {
  readonly value: T;
  readonly since: number;
  used: number;
}

/**
 * Who is signed in. Lives in memory only, and is found by a hash of the token: a copy of our memory's index lets nobody in
 * by comparing times.
 */
export class Sessions<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #close: (value: T) => void;
  readonly #now: () => number;
  readonly #max: number;

  /** @param close called once for each session that ends, for whatever reason */
  constructor(options: { close: (value: T) => void; max: number; now?: () => number }) {
    this.#close = options.close;
    this.#max = options.max;
    this.#now = options.now ?? (() => performance.now());
  }

  get size(): number {
    return this.#entries.size;
  }

  get full(): boolean {
    if (this.#entries.size >= this.#max) this.sweep();
    return this.#entries.size >= this.#max;
  }

  /** Returns the token: 256 random bits, base64url. */
  create(value: T): string {
    const token = randomBytes(32).toString('base64url');
    const now = this.#now();
    this.#entries.set(digest(token), { value, since: now, used: now });
    return token;
  }

  /** The session of a token, whose idle time starts anew. */
  use(token: string): T | undefined {
    const key = digest(token);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const now = this.#now();
    if (this.#expired(entry, now)) {
      this.#end(key, entry);
      return undefined;
    }
    entry.used = now;
    return entry.value;
  }

  end(token: string): void {
    const key = digest(token);
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#end(key, entry);
  }

  /** Ends what nobody used; call it now and then. */
  sweep(): void {
    const now = this.#now();
    for (const [key, entry] of this.#entries) if (this.#expired(entry, now)) this.#end(key, entry);
  }

  values(): T[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  endAll(): void {
    for (const [key, entry] of this.#entries) this.#end(key, entry);
  }

  #expired({ since, used }: Entry<T>, now: number): boolean {
    return now - used >= IDLE_MS || now - since >= ABSOLUTE_MS;
  }

  #end(key: string, { value }: Entry<T>): void {
    this.#entries.delete(key);
    this.#close(value);
  }
}

const digest = (token: string) => createHash('sha256').update(token).digest('base64url');
