const TICK_MS = 500;
/** How long a block is told after its end: whoever asks now and then must hear of it. */
const TOLD_MS = 10_000;

/** Notices that the event loop stood still: a tick that comes late says for how long. */
export class LoopWatch {
  readonly #limitMs: number;
  readonly #timer: NodeJS.Timeout;
  #last = performance.now();
  #block: { readonly ms: number; readonly end: number } | null = null;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Null when all is well; asked from the loop itself, so it also looks at the tick that has not come yet. */
  reason(): string | null {
    this.#tick();
    const { ms = 0, end = 0 } = this.#block ?? {};
    const recent = this.#block !== null && performance.now() - end < TOLD_MS;
    return recent ? `the event loop was blocked for ${Math.round(ms / 1_000)} s` : null;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    const ms = now - this.#last;
    if (ms > this.#limitMs) this.#block = { ms, end: now };
    this.#last = now;
  }
}
