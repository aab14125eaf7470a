import type { ThreadNode } from '../types.ts';
import { unicodeCasemap } from './casemap.ts';
import { bySentDate, type Threadable } from './summary.ts';

/**
 * THREAD=ORDEREDSUBJECT (RFC 5256 §3): messages of one base subject, the first one sent above all others; threads in the order in which
 * their first messages were sent.
 */
export function threadBySubject(messages: readonly Threadable[]): ThreadNode[] {
  const threads = new Map<string, Threadable[]>();
  // in sent order, so that threads come up in the order of their first messages
  for (const message of [...messages].sort(bySentDate)) {
    const subject = unicodeCasemap(message.baseSubject);
    const thread = threads.get(subject);
    if (thread) thread.push(message);
    else threads.set(subject, [message]);
  }
  return [...threads.values()].map(([first, ...others]) => ({
    uid: first?.uid ?? null,
    children: others.map(({ uid }) => ({ uid, children: [] })),
  }));
}
