/** A queue whose front is taken in constant time, however long it is (an array's `shift` moves everything behind it). */
export class Fifo<T> {
  #front: T[] = [];
  #back: T[] = [];

  get length(): number {
    return this.#front.length + this.#back.length;
  }

  push(item: T): void {
    this.#back.push(item);
  }

  /** Puts one back in front. */
  unshift(item: T): void {
    this.#front.push(item);
  }

  shift(): T | undefined {
    if (this.#front.length === 0) {
      this.#front = this.#back.reverse();
      this.#back = [];
    }
    return this.#front.pop();
  }

  /** Takes out those that match, in order. */
  extract(matches: (item: T) => boolean): T[] {
    const taken: T[] = [];
    const kept: T[] = [];
    for (const item of this.#front.reverse().concat(this.#back)) (matches(item) ? taken : kept).push(item);
    this.#front = [];
    this.#back = kept;
    return taken;
  }
}
