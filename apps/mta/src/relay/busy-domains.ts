/** What became of recipients, as the metrics tell it. */
export type CountedOutcome = 'relayed' | 'deferred' | 'failed';
type Totals = Record<CountedOutcome, number>;

/** Domains with a series of their own, and those whose recent traffic is remembered to find them. */
const NAMED = 50;
const WATCHED = 500;
/** Traffic counts half after so long, ms. */
const HALF_LIFE_MS = 600_000;
/** Somebody takes a place only with so much more recent traffic: series that come and go tell nothing. */
const CLEARLY = 2;
const A_LABELS = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

/**
 * Recipients by destination, for metrics: the busiest 50 domains by name, the rest as `other`. Senders choose the domains, so
 * everything here is bounded, and only names in A-label form pass. A domain that loses its place takes its series with
 * it; when it comes back it counts from nought, as after a restart.
 */
export class BusyDomains {
  readonly #named = new Map<string, Totals>();
  /** Recent traffic of the named ones and of the candidates. */
  readonly #recent = new Map<string, number>();
  readonly #other: Totals = { relayed: 0, deferred: 0, failed: 0 };
  #halvedAt = performance.now();

  count(domain: string, outcome: CountedOutcome, by: number): void {
    this.#totals(domain, by)[outcome] += by;
  }

  /** All series. */
  *read(): IterableIterator<{
    readonly destination: string;
    readonly outcome: CountedOutcome;
    readonly value: number;
  }> {
    for (const [destination, totals] of [...this.#named, ['other', this.#other] as const])
      for (const outcome of ['relayed', 'deferred', 'failed'] as const)
        yield { destination, outcome, value: totals[outcome] };
  }

  #totals(domain: string, by: number): Totals {
    if (!A_LABELS.test(domain)) return this.#other;
    this.#age();
    const recent = (this.#recent.get(domain) ?? 0) + by;
    const named = this.#named.get(domain);
    if (named === undefined && !this.#recent.has(domain) && this.#recent.size >= WATCHED) this.#dropQuietest();
    this.#recent.set(domain, recent);
    return named ?? this.#place(domain, recent) ?? this.#other;
  }

  #place(domain: string, recent: number): Totals | null {
    if (this.#named.size >= NAMED) {
      const quietest = this.#quietest(this.#named.keys());
      if (recent < CLEARLY * Math.max(this.#recent.get(quietest) ?? 0, 1)) return null;
      this.#named.delete(quietest);
    }
    const totals: Totals = { relayed: 0, deferred: 0, failed: 0 };
    this.#named.set(domain, totals);
    return totals;
  }

  #dropQuietest(): void {
    const candidates = [...this.#recent.keys()].filter((domain) => !this.#named.has(domain));
    this.#recent.delete(this.#quietest(candidates));
  }

  #quietest(domains: Iterable<string>): string {
    let found = '';
    let least = Infinity;
    for (const domain of domains) {
      const recent = this.#recent.get(domain) ?? 0;
      if (recent < least) [found, least] = [domain, recent];
    }
    return found;
  }

  #age(): void {
    const now = performance.now();
    if (now - this.#halvedAt < HALF_LIFE_MS) return;
    this.#halvedAt = now;
    for (const [domain, recent] of this.#recent) this.#recent.set(domain, recent / 2);
  }
}
