/**
 * A forest that can tell the root of any node in amortised O(log n) while links are made and cut (Sleator and Tarjan's link-cut
 * trees, without evert). REFERENCES asks before each link whether it would close a loop; walking up would take a mailbox of
 * hostile messages quadratic time.
 */
export class Forest {
  readonly #up: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];

  /** A new tree of one node; resolves to its number, counted from 0. */
  add(): number {
    this.#left.push(-1);
    this.#right.push(-1);
    return this.#up.push(-1) - 1;
  }

  root(node: number): number {
    this.#access(node);
    let at = node;
    for (let left = this.#at(this.#left, at); left >= 0; left = this.#at(this.#left, at)) at = left;
    // pays for the way down
    this.#splay(at);
    return at;
  }

  /** Makes a root the child of a node of another tree. */
  link(root: number, parent: number): void {
    this.#access(root);
    this.#up[root] = parent;
  }

  /** Makes a node the root of its own subtree. */
  cut(node: number): void {
    this.#access(node);
    const above = this.#at(this.#left, node);
    if (above < 0) return;
    this.#up[above] = -1;
    this.#left[node] = -1;
  }

  #at(list: readonly number[], node: number): number {
    return list[node] ?? -1;
  }

  /** Makes the path from the root to `node` one splay tree with `node` on top. */
  #access(node: number): void {
    let below = -1;
    for (let at = node; at >= 0; at = this.#at(this.#up, at)) {
      this.#splay(at);
      this.#right[at] = below;
      below = at;
    }
    this.#splay(node);
  }

  /** Whether `node` is the top of its splay tree: then `up` leads to another path, or nowhere. */
  #isTop(node: number): boolean {
    const up = this.#at(this.#up, node);
    return up < 0 || (this.#left[up] !== node && this.#right[up] !== node);
  }

  #splay(node: number): void {
    while (!this.#isTop(node)) {
      const parent = this.#at(this.#up, node);
      if (!this.#isTop(parent)) {
        const grand = this.#at(this.#up, parent);
        const straight = (this.#left[grand] === parent) === (this.#left[parent] === node);
        this.#rotate(straight ? parent : node);
      }
      this.#rotate(node);
    }
  }

  #rotate(node: number): void {
    const parent = this.#at(this.#up, node);
    const grand = this.#at(this.#up, parent);
    if (!this.#isTop(parent)) (this.#left[grand] === parent ? this.#left : this.#right)[grand] = node;
    const [near, far] = this.#left[parent] === node ? [this.#left, this.#right] : [this.#right, this.#left];
    const moved = this.#at(far, node);
    near[parent] = moved;
    if (moved >= 0) this.#up[moved] = parent;
    far[node] = parent;
    this.#up[parent] = node;
    this.#up[node] = grand;
  }
}
