import { touchedBy } from './touched.ts';

/** Accounts whose answers are kept, answers of one account, and how heavy they may be in all (numbers held, four octets each). */
const MAX_ACCOUNTS = 10_000;
const MAX_ANSWERS = 200;
const MAX_WEIGHT = 8 << 20;
/** ms an answer is given again: another process (`postroad store copy`) that writes into this database is seen after that. */
const LIFE = 1000;

interface Kept {
  readonly answers: Map<string, Promise<unknown>>;
  readonly since: number;
  weight: number;
}

/**
 * Answers of the reader that are still true, by account. Why they are: this thread posts every write and hears of its end. What is kept
 * was asked for while no write to the account was under way, and is forgotten when one is posted and again when one ends; until then
 * nothing is kept. So an answer that is given again is one that reading again would give: nothing was written in between. A read that
 * starts after a write was acknowledged asks anew, and so does one beside a write, which may see it or not.
 */
export class Answers {
  readonly #kept = new Map<string, Kept>();
  /** Writes under way by account, and those that may touch any. */
  readonly #busy = new Map<string, number>();
  #busyEverywhere = 0;
  #weight = 0;

  /** The answer to `key`, read when it is not known. */
  ask<T>(account: string, key: string, read: () => Promise<T>, weigh?: (answer: T) => number): Promise<T> {
    if (this.#busyEverywhere > 0 || this.#busy.has(account)) return read();
    const kept = this.#of(account);
    const known = kept.answers.get(key) as Promise<T> | undefined;
    if (known) return known;
    const answer = read();
    if (kept.answers.size >= MAX_ANSWERS) kept.answers.clear();
    kept.answers.set(key, answer);
    const settled = weigh && ((value: T): void => void this.#weigh(account, kept, weigh(value)));
    answer.then(settled, () => kept.answers.delete(key));
    return answer;
  }

  /** An answer that is there already. */
  known<T>(account: string, key: string): Promise<T> | undefined {
    if (this.#busyEverywhere > 0 || this.#busy.has(account)) return undefined;
    return this.#of(account).answers.get(key) as Promise<T> | undefined;
  }

  /** The writer's observer. */
  readonly writing = (op: string, args: unknown): (() => void) => {
    const touched = touchedBy(op, args);
    this.#count(touched, 1);
    return () => {
      this.#count(touched, -1);
    };
  };

  #count(touched: ReadonlySet<string> | 'all', by: 1 | -1): void {
    if (touched === 'all') {
      this.#busyEverywhere += by;
      this.#kept.clear();
      this.#weight = 0;
      return;
    }
    for (const account of touched) {
      const busy = (this.#busy.get(account) ?? 0) + by;
      if (busy > 0) this.#busy.set(account, busy);
      else this.#busy.delete(account);
      this.#forget(account);
    }
  }

  #of(account: string): Kept {
    const now = performance.now();
    let kept = this.#kept.get(account);
    if (kept && now - kept.since < LIFE) return kept;
    this.#forget(account);
    if (this.#kept.size >= MAX_ACCOUNTS) this.#forgetOldest();
    kept = { answers: new Map(), since: now, weight: 0 };
    this.#kept.set(account, kept);
    return kept;
  }

  #weigh(account: string, kept: Kept, weight: number): void {
    if (this.#kept.get(account) !== kept) return;
    kept.weight += weight;
    this.#weight += weight;
    while (this.#weight > MAX_WEIGHT && this.#kept.size > 0) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(account: string): void {
    const kept = this.#kept.get(account);
    if (!kept) return;
    this.#weight -= kept.weight;
    this.#kept.delete(account);
  }
}
