import { Fifo } from './fifo.ts';

/** Runs at most so many at once; the others wait in order. */
export class Limiter {
  readonly #most: number;
  readonly #waiting = new Fifo<() => Promise<void>>();
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** `work` must not throw. */
  run(work: () => Promise<void>): void {
    if (this.#running >= this.#most) this.#waiting.push(work);
    else this.#start(work);
  }

  #start(work: () => Promise<void>): void {
    this.#running += 1;
    void work().finally(() => {
      this.#running -= 1;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#start(next);
    });
  }
}
