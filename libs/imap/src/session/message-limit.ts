import { Refusal } from '../errors.ts';
import type { Context } from './context.ts';

/** The newest messages of those given that one command may work on, and the code that says where it stopped (RFC 9738 §3.1). */
export function atMost<T extends readonly number[] | Uint32Array>(
  { limits }: Context,
  uids: T,
): { readonly uids: T; readonly code: string | undefined } {
  if (uids.length <= limits.messages) return { uids, code: undefined };
  const taken = uids.slice(-limits.messages) as T;
  return { uids: taken, code: `MESSAGELIMIT ${String(limits.messages)} ${String(taken[0] ?? 0)}` };
}

/** What is done in whole or not at all (RFC 9738 §3.1). @throws Refusal */
export function allOrNothing({ limits }: Context, count: number): void {
  if (count > limits.messages)
    throw new Refusal('NO', `MESSAGELIMIT ${String(limits.messages)}`, 'too many messages for one command');
}
