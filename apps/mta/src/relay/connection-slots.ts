/**
 * How many connections there may be: in all, per destination, per host. A destination may have another one only while
 * more slots are free than it has connections, so that many can share; its first one is given beyond the total (up to five
 * times of it), so that slow destinations that hold all slots delay nobody else (DESIGN §1.4).
 */
export class ConnectionSlots {
  readonly #total: number;
  readonly #perHost: number;
  readonly #hosts = new Map<string, number>();
  #used = 0;
  /** Called when a slot came free and somebody was refused before. */
  onFree: () => void = () => {};
  /** Called when somebody was refused: whoever holds a connection without work may give it up. */
  onRefused: () => void = () => {};
  #refused = false;

  constructor(total: number, perHost: number) {
    this.#total = total;
    this.#perHost = perHost;
  }

  /** Somebody waits for a slot. */
  get wanted(): boolean {
    return this.#refused;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes a slot for a destination that has `own` connections; false when it must wait. */
  take(own: number): boolean {
    const free = this.#total - this.#used;
    const allowed = own === 0 ? this.#used < this.#total * 5 : free > own;
    if (allowed) this.#used += 1;
    else this.#refuse();
    return allowed;
  }

  give(): void {
    this.#used -= 1;
    this.#tell();
  }

  /** Gives back a slot that came to no use; wakes nobody. */
  untake(): void {
    this.#used -= 1;
  }

  /** Takes one of the connections to a host (`address:port`); false when it has enough. */
  takeHost(key: string): boolean {
    const now = this.#hosts.get(key) ?? 0;
    if (now >= this.#perHost) {
      this.#refuse();
      return false;
    }
    this.#hosts.set(key, now + 1);
    return true;
  }

  giveHost(key: string): void {
    const left = (this.#hosts.get(key) ?? 1) - 1;
    if (left > 0) this.#hosts.set(key, left);
    else this.#hosts.delete(key);
    this.#tell();
  }

  #refuse(): void {
    if (this.#refused) return;
    this.#refused = true;
    setImmediate(() => this.onRefused());
  }

  #tell(): void {
    if (!this.#refused) return;
    this.#refused = false;
    setImmediate(() => this.onFree());
  }
}
