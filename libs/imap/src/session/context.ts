import type { ImapAccount, ImapBackend } from '../backend.ts';
import type { ImapLimits } from '../limits.ts';
import type { Arguments } from '../parse/arguments.ts';
import type { ChannelBindings } from '../sasl/mechanism.ts';
import type { Output } from '../write/output.ts';
import type { Incoming } from './incoming.ts';
import type { Extension, ViewMode } from './mode.ts';
import type { SessionObserver } from './observer.ts';
import type { View } from './view.ts';
import type { Watcher } from './watcher.ts';

export type State = 'not-authenticated' | 'authenticated' | 'selected' | 'logout';

/** How a command ended: the tagged response. `code` is a response code without brackets. */
export interface Completion {
  readonly status: 'OK' | 'NO' | 'BAD';
  readonly code?: string;
  readonly text: string;
}

export function ok(text: string, code?: string): Completion {
  return code === undefined ? { status: 'OK', text } : { status: 'OK', code, text };
}

export function no(text: string, code?: string): Completion {
  return code === undefined ? { status: 'NO', text } : { status: 'NO', code, text };
}

/** What commands see of their session. */
export interface Context {
  readonly backend: ImapBackend;
  readonly limits: ImapLimits;
  readonly output: Output;
  /** Tag of the command under way. */
  readonly tag: string;
  readonly secure: boolean;
  /** Whether STARTTLS can be offered now. */
  readonly canStartTls: boolean;
  /** Whether this connection is compressed (RFC 4978), or can be. */
  readonly compression: 'none' | 'offered' | 'active';
  /** What SCRAM may bind to; null without TLS. */
  readonly channelBindings: ChannelBindings | null;
  /** Which literals need not be asked for: of any size (RFC 7888 §4), or small ones (§5). */
  readonly literals: 'plus' | 'minus';
  /** Extensions the client has enabled (RFC 5161). */
  readonly enabled: Set<Extension>;
  /** Whether the client reads UTF-8 in mailbox names and quoted strings. */
  readonly utf8: boolean;
  /** How it is told of changes. */
  readonly mode: ViewMode;
  state: State;
  /** @throws Refusal when nobody is authenticated; commands in later states never see it. */
  readonly account: ImapAccount;
  /** The mailbox selected; @throws Refusal when there is none. */
  readonly view: View;
  /** Ends the not-authenticated state. */
  login(account: ImapAccount, username: string): void;
  select(view: View | null): void;
  /** Back to the not-authenticated state (RFC 8437): nothing of the account stays; TLS and compression do. */
  signOut(): void;
  /** Sends `+ text` and resolves to the line the client answers with. */
  ask(text: string): Promise<Buffer>;
  /** The rest of a command that is read as it comes. */
  readonly incoming: Incoming;
  /** Resolves at a change hint, after the poll interval, or (`input`) when the client has sent something. */
  pause(): Promise<'hint' | 'poll' | 'input'>;
  /** The line the client has sent, if it is here in whole. */
  line(): Buffer | null;
  /** Hands the connection to TLS after the tagged OK was sent. */
  startTls(): Promise<void>;
  /** Turns compression on right behind the tagged OK, which it sends. */
  compress(): Promise<void>;
  /** From now on this decides what is told (RFC 5465). */
  watch(watcher: Watcher): void;
  /** Tells what may be told while no command is under way, and in IDLE (`expunges`). */
  tell(expunges: boolean): Promise<void>;
  /** Tells what the mailbox selected has become since; `expunges`: also which messages are gone. */
  sync(expunges: boolean): Promise<void>;
  readonly observer: SessionObserver | undefined;
  /** Called with what an administrator should know; never with a secret. */
  report(event: 'login' | 'login-failed', username: string): void;
}

/** One command: what it is called, when it may come, how it is read, whether it may, and what it does. */
export interface Command<Args = unknown> {
  readonly name: string;
  readonly states: readonly State[];
  /** Reads the arguments after the name, the space in front of them included. @throws ParseError, Refusal */
  parse(args: Arguments, limits: ImapLimits): Args;
  /** Whether it may be done here and now; null when it may. */
  check?(context: Context, args: Args): Completion | null;
  proceed(context: Context, args: Args): Promise<Completion>;
  /** Mailboxes it changes, or the server (null): who changes them is not told so (RFC 5465 §5). */
  causes?(args: Args): readonly (string | null)[];
  /** Whether its answer is what it expunged, whatever NOTIFY says. */
  readonly removes?: boolean;
  /** The same completion once everything was told: for codes that say where the mailbox stands then. */
  complete?(context: Context, completion: Completion): Completion;
  /** Whether it means messages by sequence number: not with UIDONLY (RFC 9586 §3). */
  readonly bySequence?: boolean;
  /**
   * What may be reported about the selected mailbox before the tagged response: sequence numbers must not change under FETCH,
   * STORE and SEARCH (RFC 9051 §7.5.1). Default `all`.
   */
  readonly reports?: 'all' | 'no-expunge' | 'none';
}

export const AUTHENTICATED: readonly State[] = ['authenticated', 'selected'];
export const SELECTED: readonly State[] = ['selected'];
export const ANY: readonly State[] = ['not-authenticated', 'authenticated', 'selected'];

/** Arguments of a command that has none. */
export function nothing(args: Arguments): null {
  args.end();
  return null;
}
