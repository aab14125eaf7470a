import type { ThreadNode } from '../types.ts';
import type { ThreadItem } from './item.ts';
import { linkMessages, type Links } from './links.ts';
import { mergeBySubject } from './merge.ts';
import { bySentDate, type Threadable } from './summary.ts';

/**
 * THREAD=REFERENCES (RFC 5256 §3): the steps as numbered there. Takes n log n time for n messages and references, and no stack that
 * grows with the depth of a thread. Siblings and threads come in the order in which they were sent.
 */
export function threadByReferences(messages: readonly Threadable[]): ThreadNode[] {
  // the lowest sequence number keeps a Message-ID that is used twice
  const ascending = [...messages].sort((a, b) => a.uid - b.uid);
  // steps 1 to 3
  const top = prune(linkMessages(ascending));
  // step 4
  for (const item of top) if (!item.message) item.children.sort(bySent);
  top.sort(bySent);
  // step 5
  return finish(mergeBySubject(top));
}

/** Where an item stands among its siblings: a dummy where its first child would stand (its children are sorted by then). */
function place(item: ThreadItem): Threadable | null {
  let at: ThreadItem | undefined = item;
  while (at && !at.message) at = at.children[0];
  return at?.message ?? null;
}

function bySent(a: ThreadItem, b: ThreadItem): number {
  const [x, y] = [place(a), place(b)];
  return x && y ? bySentDate(x, y) : 0;
}

/** Nodes of a forest, each before its children. */
function parentsFirst(children: readonly (readonly number[])[], roots: readonly number[]): number[] {
  const order = [...roots];
  for (let i = 0; i < order.length; i++) for (const child of children[order[i] ?? -1] ?? []) order.push(child);
  return order;
}

/** Steps 2 and 3: messages without a parent, dummies left out wherever their children can take their place. */
function prune({ messages, parents }: Links): ThreadItem[] {
  const children: number[][] = parents.map(() => []);
  const roots: number[] = [];
  parents.forEach((parent, node) => (children[parent] ?? roots).push(node));
  const kept: ThreadItem[][] = [];
  const replace = (node: number): ThreadItem[] => {
    const below = kept[node] ?? [];
    const message = messages[node];
    return message ? [{ message, children: below }] : below;
  };
  for (const node of parentsFirst(children, roots).reverse()) {
    kept[node] = joined((children[node] ?? []).map(replace));
  }
  return roots.flatMap((node) => {
    const items = replace(node);
    // a dummy stays at the top where it holds several threads together
    return !messages[node] && items.length > 1 ? [{ message: null, children: items }] : items;
  });
}

/** All lists in one, the largest of them taken as it is: children that rise through a long row of dummies are not copied each time. */
function joined(lists: readonly ThreadItem[][]): ThreadItem[] {
  const largest = lists.reduce<ThreadItem[]>((a, b) => (b.length > a.length ? b : a), []);
  for (const list of lists) if (list !== largest) for (const item of list) largest.push(item);
  return largest;
}

/** Step 6: siblings sorted, the deepest first; then the answer in its own form. */
function finish(top: ThreadItem[]): ThreadNode[] {
  const order = [...top];
  for (let i = 0; i < order.length; i++) for (const child of order[i]?.children ?? []) order.push(child);
  const nodes = new Map<ThreadItem, ThreadNode>();
  const toNodes = (items: ThreadItem[]): ThreadNode[] => items.sort(bySent).flatMap((item) => nodes.get(item) ?? []);
  for (const item of order.reverse())
    nodes.set(item, { uid: item.message?.uid ?? null, children: toNodes(item.children) });
  return toNodes(top);
}
