import type { ThreadNode } from '../backend.ts';

/** A message with a number the client knows; 0 for one that is not there and has several children. */
interface Branch {
  readonly number: number;
  readonly children: Branch[];
}

/** A node being walked: `next` is the child to look at, `into` where what becomes of it goes. */
interface Step {
  readonly node: ThreadNode;
  readonly branch: Branch;
  readonly into: Branch[];
  next: number;
}

/**
 * THREAD data (RFC 5256 §4) of trees, with numbers as the client knows them; `numberOf` gives 0 for what it does not know. No
 * recursion anywhere: a thread may be ten thousand messages deep.
 */
export function formatThreads(threads: readonly ThreadNode[], numberOf: (uid: number) => number): string {
  const out: string[] = [];
  // texts to write and branches to open, last first
  const work: (string | Branch)[] = prune(threads, numberOf).reverse();
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (typeof next === 'string') out.push(next);
    else out.push(open(next, work));
  }
  return out.join('');
}

/** `(1 2 3` down to where a thread ends or branches; what has to follow is put on `work`. */
function open(branch: Branch, work: (string | Branch)[]): string {
  let text = '(';
  let at: Branch | undefined = branch;
  while (at) {
    if (at.number > 0) text += text === '(' ? String(at.number) : ` ${String(at.number)}`;
    if (at.children.length === 0) return `${text})`;
    if (at.children.length > 1) {
      work.push(')', ...at.children.toReversed());
      return text === '(' ? text : `${text} `;
    }
    at = at.children[0];
  }
  return text;
}

/** Without what is not known: a child takes its place, several go to its parent (RFC 5256 §3, step 4), at the top they stay together. */
function prune(threads: readonly ThreadNode[], numberOf: (uid: number) => number): Branch[] {
  const roots: Branch[] = [];
  const begin = (node: ThreadNode, into: Branch[]): Step => ({
    node,
    branch: { number: node.uid === null ? 0 : numberOf(node.uid), children: [] },
    into,
    next: 0,
  });
  const steps: Step[] = [];
  for (const thread of threads) {
    steps.push(begin(thread, roots));
    for (let step = steps.at(-1); step; step = steps.at(-1)) {
      const child = step.node.children[step.next++];
      if (child) {
        steps.push(begin(child, step.branch.children));
        continue;
      }
      steps.pop();
      const { branch, into } = step;
      if (branch.number > 0 || (into === roots && branch.children.length > 1)) into.push(branch);
      else into.push(...branch.children);
    }
  }
  return roots;
}
