/**
 * How many bytes of content one process holds at once (DESIGN §3.2). Who finds no room waits, in order; a socket is
 * not read while its writer waits.
 */
export class ByteBudget {
  #free: number;
  readonly #total: number;
  readonly #waiting: { bytes: number; go: () => void }[] = [];

  constructor(total: number) {
    this.#total = total;
    this.#free = total;
  }

  get used(): number {
    return this.#total - this.#free;
  }

  /** Takes `bytes` at once if there is room and nobody waits before. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  /** Waits for room. More than the whole budget is cut to it, so that it can be had at all. */
  async take(bytes: number): Promise<void> {
    if (this.tryTake(bytes)) return;
    await new Promise<void>((go) => this.#waiting.push({ bytes: Math.min(bytes, this.#total), go }));
  }

  give(bytes: number): void {
    this.#free = Math.min(this.#total, this.#free + bytes);
    for (let next = this.#waiting[0]; next !== undefined && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.go();
    }
  }
}
