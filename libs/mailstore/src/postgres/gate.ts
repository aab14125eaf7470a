import { StoreError } from '../types.ts';

/** Lets requests in until the store is closed, and tells when the last of them is out. */
export class Gate {
  #closed = false;
  #inside = 0;
  #empty: (() => void) | null = null;

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async *iterate<T>(work: () => AsyncIterable<T>): AsyncGenerator<T> {
    this.#enter();
    try {
      yield* work();
    } finally {
      this.#leave();
    }
  }

  /** Resolves when nobody is inside. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#inside > 0) await new Promise<void>((resolve) => (this.#empty = resolve));
  }

  get closed(): boolean {
    return this.#closed;
  }

  #enter(): void {
    if (this.#closed) throw new StoreError('CLOSED', 'the store is closed');
    this.#inside++;
  }

  #leave(): void {
    if (--this.#inside === 0) this.#empty?.();
  }
}
