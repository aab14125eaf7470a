import { setTimeout as sleep } from 'node:timers/promises';
import type { Revocation } from './types.ts';

/** What lets an account in now: null when nothing does, otherwise a value that changes with its password. @throws when it cannot be read */
type Standing = (accountId: string) => Promise<number | null>;
type Callback = (why: Revocation) => void;

const AGAIN_MS = 1_000;

/** Who signed in before an account was removed or suspended, or had its password changed, hears of it. */
export class Revocations {
  readonly #standing: Standing;
  /** By account; each with the standing it had when it signed in. */
  readonly #watched = new Map<string, Map<Callback, Promise<number | null>>>();
  readonly #changed = new Set<string>();
  #running = false;
  #stopped = false;

  constructor(standing: Standing) {
    this.#standing = standing;
  }

  watch(accountId: string, callback: Callback): () => void {
    const standing = this.#standing(accountId);
    standing.then(
      // Removed while the password was being checked.
      (found) => found === null && this.changed(accountId),
      // Not readable now: what the next reading finds is what it is compared with.
      () => undefined,
    );
    const callbacks = this.#watched.get(accountId) ?? new Map<Callback, Promise<number | null>>();
    this.#watched.set(accountId, callbacks.set(callback, standing));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0 && this.#watched.get(accountId) === callbacks) this.#watched.delete(accountId);
    };
  }

  /** Something of this account has changed; `*`: of any. */
  changed(accountId: string): void {
    for (const id of accountId === '*' ? this.#watched.keys() : [accountId])
      if (this.#watched.has(id)) this.#changed.add(id);
    if (!this.#running) void this.#look();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #look(): Promise<void> {
    this.#running = true;
    for (const id of this.#changed) {
      if (this.#stopped) break;
      this.#changed.delete(id);
      try {
        await this.#compare(id, await this.#standing(id));
      } catch {
        // The directory cannot be read now: nobody is let go on for that, nor cut off.
        this.#changed.add(id);
        await sleep(AGAIN_MS, undefined, { ref: false });
      }
    }
    this.#running = false;
  }

  async #compare(id: string, now: number | null): Promise<void> {
    const callbacks = this.#watched.get(id);
    for (const [callback, before] of callbacks ?? []) {
      if (now !== null && (await before.catch(() => now)) === now) continue;
      callbacks?.delete(callback);
      callback(now === null ? 'gone' : 'password');
    }
    if (callbacks?.size === 0) this.#watched.delete(id);
  }
}
