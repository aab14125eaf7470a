/** Counts of one kind of key in windows of fixed length; the number of keys is bounded. */
export class RateLimit {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #maxKeys: number;
  readonly #now: () => number;
  /** Insertion order is order of start: the oldest window is first. */
  readonly #windows = new Map<string, { from: number; count: number }>();

  constructor(limit: number, windowMs: number, maxKeys = 20_000, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#maxKeys = maxKeys;
    this.#now = now;
  }

  /** Takes one; 0 when it is allowed, otherwise the seconds until it is again. */
  take(key: string): number {
    const now = this.#now();
    const window = this.#windows.get(key);
    if (window === undefined || now - window.from >= this.#windowMs) {
      this.#windows.delete(key);
      this.#makeRoom(now);
      this.#windows.set(key, { from: now, count: 1 });
      return 0;
    }
    if (window.count >= this.#limit) return Math.max(1, Math.ceil((window.from + this.#windowMs - now) / 1_000));
    window.count += 1;
    return 0;
  }

  /** A success: what went before was a person who mistyped. */
  forget(key: string): void {
    this.#windows.delete(key);
  }

  #makeRoom(now: number): void {
    for (const [key, { from }] of this.#windows) {
      if (now - from < this.#windowMs && this.#windows.size < this.#maxKeys) return;
      this.#windows.delete(key);
    }
  }
}
