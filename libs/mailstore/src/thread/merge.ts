import { unicodeCasemap } from './casemap.ts';
import type { ThreadItem } from './item.ts';

/** Step 5 of THREAD=REFERENCES (RFC 5256 §3): threads of one base subject become one. `top` is sorted, its dummies' children as well. */
export function mergeBySubject(top: readonly ThreadItem[]): ThreadItem[] {
  const threads = top.map((item) => ({ item, subject: threadSubject(item) }));
  // 5.A, 5.B
  const table = new Map<string, ThreadItem>();
  for (const { item, subject } of threads) {
    if (subject === '') continue;
    const known = table.get(subject);
    if (!known || isBetter(item, known)) table.set(subject, item);
  }
  // 5.C
  const kept = new Set(top);
  for (const { item, subject } of threads) {
    const known = table.get(subject);
    if (!known || known === item) continue;
    kept.delete(item);
    if (!known.message && !item.message) for (const child of item.children) known.children.push(child);
    else if (!known.message || (isReply(item) && !isReply(known))) known.children.push(item);
    else {
      const dummy: ThreadItem = { message: null, children: [known, item] };
      kept.delete(known);
      kept.add(dummy);
      table.set(subject, dummy);
    }
  }
  return [...kept];
}

/** Compared as i;unicode-casemap does; a dummy has its first child's. */
function threadSubject(item: ThreadItem): string {
  const message = item.message ?? item.children[0]?.message;
  return message ? unicodeCasemap(message.baseSubject) : '';
}

function isReply(item: ThreadItem): boolean {
  return item.message?.isReply ?? false;
}

function isBetter(item: ThreadItem, known: ThreadItem): boolean {
  return known.message !== null && (item.message === null || (isReply(known) && !isReply(item)));
}
