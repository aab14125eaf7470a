import { Forest } from './link-cut.ts';
import type { Threadable } from './summary.ts';

/** A forest of messages and dummies: `parents[i]` is the node above node `i`, -1 at the top; `messages[i]` is null for a dummy. */
export interface Links {
  readonly messages: readonly (Threadable | null)[];
  readonly parents: readonly number[];
}

/** Step 1 of THREAD=REFERENCES (RFC 5256 §3): parents and children by Message-ID; messages in ascending sequence order. */
export function linkMessages(messages: readonly Threadable[]): Links {
  const linker = new Linker(messages);
  messages.forEach((message, node) => linker.place(node, message.references));
  return linker;
}

class Linker implements Links {
  readonly messages: (Threadable | null)[];
  readonly parents: number[] = [];
  readonly #ids = new Map<string, number>();
  readonly #forest = new Forest();

  constructor(messages: readonly Threadable[]) {
    this.messages = [...messages];
    messages.forEach(({ messageId }, node) => {
      this.parents.push(-1);
      this.#forest.add();
      // a second message of one id is only found by its own references
      if (messageId !== null && !this.#ids.has(messageId)) this.#ids.set(messageId, node);
    });
  }

  place(node: number, references: readonly string[]): void {
    // step 1.A
    let last = -1;
    for (const id of references) {
      const next = this.#byId(id);
      if (last >= 0 && this.parents[next] === -1) this.#link(next, last);
      last = next;
    }
    // step 1.B: what others said of this message counts less than its own last reference
    this.#forest.cut(node);
    this.parents[node] = -1;
    if (last >= 0) this.#link(node, last);
  }

  #byId(id: string): number {
    let node = this.#ids.get(id);
    if (node === undefined) {
      node = this.#forest.add();
      this.messages.push(null);
      this.parents.push(-1);
      this.#ids.set(id, node);
    }
    return node;
  }

  /** `child` has no parent; a link that would close a loop is not made. */
  #link(child: number, parent: number): void {
    if (child === parent || this.#forest.root(parent) === child) return;
    this.#forest.link(child, parent);
    this.parents[child] = parent;
  }
}
