/** Things with a sequence number, in its order, some of them finished: what can be purged in one stroke, and what singly. */
export class Sequenced<K> {
  readonly #items = new Map<K, { readonly seq: number; finishedAt: number | null }>();

  /** Adds an item, or moves it to a later place. Sequences only grow. */
  put(key: K, seq: number): void {
    this.#items.delete(key);
    this.#items.set(key, { seq, finishedAt: null });
  }

  has(key: K): boolean {
    return this.#items.has(key);
  }

  finish(key: K, now: number): void {
    const item = this.#items.get(key);
    if (item !== undefined) item.finishedAt ??= now;
  }

  get size(): number {
    return this.#items.size;
  }

  /**
   * Takes out everything finished that stands before the first unfinished item: all below the returned sequence may go.
   * @returns 0 when nothing was taken
   */
  takeRun(onTaken: (key: K) => void = () => {}): number {
    let below = 0;
    for (const [key, { seq, finishedAt }] of this.#items) {
      if (finishedAt === null) return below === 0 ? 0 : seq;
      this.#items.delete(key);
      onTaken(key);
      below = seq + 1;
    }
    return below;
  }

  /** Takes out items that were finished longer than `ms` ago, wherever they stand: they go one by one. */
  takeStragglers(now: number, ms: number, limit: number): { key: K; seq: number }[] {
    const taken: { key: K; seq: number }[] = [];
    for (const [key, { seq, finishedAt }] of this.#items) {
      if (finishedAt === null || now - finishedAt < ms) continue;
      this.#items.delete(key);
      if (taken.push({ key, seq }) >= limit) break;
    }
    return taken;
  }
}
