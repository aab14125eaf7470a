import { cidrMatcher, clientKey } from './cidr.ts';

export interface ConnectionLimitOptions {
  /** Open connections of the listener. */
  readonly total: number;
  /** Open connections of one client (one IPv4 address, one IPv6 /64). */
  readonly perAddress: number;
  /** Addresses and CIDR blocks that `perAddress` does not count: by default this machine. */
  readonly exempt: readonly string[];
}

const DEFAULT_CONNECTION_LIMITS: ConnectionLimitOptions = {
  total: 10_000,
  perAddress: 100,
  exempt: ['127.0.0.0/8', '::1'],
};

/** Counts open connections. */
export class ConnectionLimits {
  readonly #options: ConnectionLimitOptions;
  readonly #exempt: (address: string) => boolean;
  readonly #perClient = new Map<string, number>();
  #total = 0;

  constructor(options: Partial<ConnectionLimitOptions> = {}) {
    this.#options = { ...DEFAULT_CONNECTION_LIMITS, ...options };
    this.#exempt = cidrMatcher(this.#options.exempt);
  }

  get open(): number {
    return this.#total;
  }

  /** Counts a socket in; false when there are too many. Give it back with {@link leave}. */
  enter(): boolean {
    if (this.#total >= this.#options.total) return false;
    this.#total++;
    return true;
  }

  leave(): void {
    this.#total--;
  }

  /** Counts a client in: a function that gives it back, or null when the client has too many. */
  enterClient(address: string): (() => void) | null {
    if (this.#exempt(address)) return () => undefined;
    const key = clientKey(address);
    const count = this.#perClient.get(key) ?? 0;
    if (count >= this.#options.perAddress) return null;
    this.#perClient.set(key, count + 1);
    return () => {
      const now = (this.#perClient.get(key) ?? 1) - 1;
      if (now > 0) this.#perClient.set(key, now);
      else this.#perClient.delete(key);
    };
  }
}
