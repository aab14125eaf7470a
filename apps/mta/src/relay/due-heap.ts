/** A binary heap of things that are due at a time. Nothing is removed before its time: the owner knows what is stale. */
export class DueHeap<T> {
  readonly #at: number[] = [];
  readonly #items: T[] = [];

  /** The earliest time in it; Infinity when empty. */
  get next(): number {
    return this.#at[0] ?? Infinity;
  }

  push(at: number, item: T): void {
    let i = this.#at.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = this.#at[parent] as number;
      if (above <= at) break;
      this.#at[i] = above;
      this.#items[i] = this.#items[parent] as T;
      i = parent;
    }
    this.#at[i] = at;
    this.#items[i] = item;
  }

  /** Takes the earliest one; undefined when empty. */
  pop(): { readonly at: number; readonly item: T } | undefined {
    const at = this.#at[0];
    if (at === undefined) return undefined;
    const item = this.#items[0] as T;
    const lastAt = this.#at.pop() as number;
    const last = this.#items.pop() as T;
    if (this.#at.length > 0) this.#sink(lastAt, last);
    return { at, item };
  }

  #sink(at: number, item: T): void {
    const size = this.#at.length;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && (this.#at[child + 1] as number) < (this.#at[child] as number)) child += 1;
      const below = this.#at[child] as number;
      if (below >= at) break;
      this.#at[i] = below;
      this.#items[i] = this.#items[child] as T;
      i = child;
    }
    this.#at[i] = at;
    this.#items[i] = item;
  }
}
