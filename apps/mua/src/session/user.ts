import type { SendResult } from '../api-types.ts';
import type { Account } from '../imap/account.ts';
import type { Uploads } from './uploads.ts';

const REMEMBERED = 50;

/** One person who is signed in, in one browser. */
export class User {
  readonly account: Account;
  readonly uploads: Uploads;
  readonly #sends = new Map<string, Promise<SendResult>>();
  readonly #closers = new Set<() => void>();

  constructor(account: Account, uploads: Uploads) {
    this.account = account;
    this.uploads = uploads;
  }

  /** Sends once per key: asked again (a double click, a lost answer), it gives the first outcome. A failure may be tried again. */
  sendOnce(key: string, work: () => Promise<SendResult>): Promise<SendResult> {
    const before = this.#sends.get(key);
    if (before !== undefined) return before;
    const result = work();
    this.#sends.set(key, result);
    result.catch(() => this.#sends.delete(key));
    for (const oldest of this.#sends.keys()) {
      if (this.#sends.size <= REMEMBERED) break;
      this.#sends.delete(oldest);
    }
    return result;
  }

  /** Called when the session ends; returns how to take that back. */
  onClose(closer: () => void): () => void {
    this.#closers.add(closer);
    return () => this.#closers.delete(closer);
  }

  get streams(): number {
    return this.#closers.size;
  }

  /** The pages ask again by themselves, elsewhere if need be. */
  endStreams(): void {
    for (const closer of this.#closers) closer();
    this.#closers.clear();
  }

  close(): void {
    this.endStreams();
    this.uploads.clear();
    this.account.close();
  }
}
