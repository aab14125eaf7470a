import type { Command, Reply, Verb } from '@postroad/smtp';
import type { Conversation } from '../conversation.ts';
import type { MaybePromise } from '../types.ts';

type CommandOf<V extends Verb> = Extract<Command, { verb: V }>;

/** One verb in a session: may it come now, and what does it do. */
export interface VerbSpec<V extends Verb> {
  /** A refusal, or null. Reads state only. */
  readonly check?: (conversation: Conversation, command: CommandOf<V>) => Reply | null;
  readonly proceed: (conversation: Conversation, command: CommandOf<V>) => MaybePromise<Reply>;
}
