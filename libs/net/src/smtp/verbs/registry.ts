import type { Command, Reply, Verb } from '@postroad/smtp';
import type { Conversation } from '../conversation.ts';
import type { MaybePromise } from '../types.ts';
import { auth } from './auth.ts';
import { data } from './data.ts';
import { ehlo, helo } from './hello.ts';
import { mail } from './mail.ts';
import { rcpt } from './rcpt.ts';
import { expn, help, noop, quit, rset, starttls, vrfy } from './session.ts';
import type { VerbSpec } from './spec.ts';

/** The verbs a session speaks: all that the codec parses. */
const VERBS: { readonly [V in Verb]: VerbSpec<V> } = {
  EHLO: ehlo,
  HELO: helo,
  MAIL: mail,
  RCPT: rcpt,
  DATA: data,
  RSET: rset,
  NOOP: noop,
  QUIT: quit,
  VRFY: vrfy,
  EXPN: expn,
  HELP: help,
  STARTTLS: starttls,
  AUTH: auth,
};

/** Runs one command: `refused` when it was the protocol that said no (it counts as an error), not the handler. */
export function runCommand(
  conversation: Conversation,
  command: Command,
): { readonly refused: boolean; readonly reply: MaybePromise<Reply> } {
  // TypeScript cannot see that the spec and the command are of the same verb.
  const spec = VERBS[command.verb] as unknown as VerbSpec<Verb>;
  const refusal = spec.check?.(conversation, command) ?? null;
  if (refusal !== null) return { refused: true, reply: refusal };
  return { refused: false, reply: spec.proceed(conversation, command) };
}
