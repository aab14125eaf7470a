import { commandNamed } from '../commands/registry.ts';
import { ParseError, SessionEnd } from '../errors.ts';
import { Arguments, type ArgumentsOptions } from '../parse/arguments.ts';
import type { Segments } from '../parse/reader.ts';
import { completionOf } from './completion.ts';
import type { Command, Completion, Context } from './context.ts';
import type { Incoming } from './incoming.ts';

/** What running a command needs of the session beyond what commands see. */
export interface Dispatcher extends Context {
  tag: string;
  readonly argumentsOptions: ArgumentsOptions;
  complete(tag: string, completion: Completion): void;
  /** A mailbox (null: the server) that the command is about to change. */
  caused(name: string | null): void;
  /** `own`: the answer is what the command expunged, whoever else is not told of it. */
  sync(expunges: boolean, own?: boolean): Promise<void>;
  /** The command, when it is read as it comes. */
  readonly streamed: Incoming | null;
  reportError(error: unknown, command: string): void;
}

/** Reads and does one command, tells what has changed meanwhile, and answers it. @throws SessionEnd */
export async function runCommand(session: Dispatcher, segments: Segments): Promise<void> {
  const { streamed } = session;
  const started = performance.now();
  const args = streamed?.args ?? new Arguments(segments, session.argumentsOptions);
  session.tag = '*';
  let name = '';
  let command: Command | undefined;
  let completion: Completion;
  try {
    session.tag = args.tag();
    args.space();
    name = args.atom().toUpperCase();
    if (name === 'UID' && args.skip(' ')) name = `UID ${args.atom().toUpperCase()}`;
    command = commandNamed(name);
    if (!command) throw new ParseError('unknown command', 0);
    completion = await perform(session, command, args);
  } catch (error) {
    if (error instanceof SessionEnd) throw error;
    completion = completionOf(error);
    if (completion.code === 'SERVERBUG') session.reportError(error, name);
  }
  await streamed?.finish();
  if (session.state === 'selected' && completion.status !== 'BAD' && command?.reports !== 'none')
    await session.sync(command?.reports !== 'no-expunge', command?.removes);
  completion = command?.complete?.(session, completion) ?? completion;
  session.observer?.command(command?.name ?? null, completion, performance.now() - started);
  if (completion.text !== '') session.complete(session.tag, completion);
}

async function perform(session: Dispatcher, command: Command, args: Arguments): Promise<Completion> {
  if (!command.states.includes(session.state))
    return { status: 'BAD', text: `${command.name} is not possible in the ${session.state} state` };
  if (command.bySequence && session.enabled.has('UIDONLY'))
    return { status: 'BAD', code: 'UIDREQUIRED', text: 'only UIDs name messages now' };
  const parsed = command.parse(args, session.limits);
  const refused = command.check?.(session, parsed);
  if (refused) return refused;
  for (const name of command.causes?.(parsed) ?? []) session.caused(name);
  return command.proceed(session, parsed);
}
