import type { ImapAccount, ImapBackend } from '../backend.ts';
import { commandNamed } from '../commands/registry.ts';
import { ParseError, Refusal, SessionEnd } from '../errors.ts';
import { DEFAULT_LIMITS, type ImapLimits } from '../limits.ts';
import { Arguments } from '../parse/arguments.ts';
import type { ReaderEvent, Segments } from '../parse/reader.ts';
import { Output, type OutputSink } from '../write/output.ts';
import { capabilities } from './capabilities.ts';
import { completionOf } from './completion.ts';
import type { Command, Completion, Context, IncomingLiteral, State } from './context.ts';
import { Input, type InputSource } from './input.ts';
import type { ChannelBindings } from '../sasl/mechanism.ts';
import type { View } from './view.ts';

export interface Transport extends OutputSink, InputSource {
  /** Present when STARTTLS can be offered: resolves once the connection is encrypted. */
  readonly startTls?: () => Promise<void>;
  /** Keying material of the TLS connection, once there is one. */
  readonly channelBindings?: ChannelBindings;
}

export interface SessionOptions {
  readonly backend: ImapBackend;
  readonly transport: Transport;
  /** Whether the connection is encrypted from the start. */
  readonly secure: boolean;
  readonly limits?: Partial<ImapLimits>;
  /** Logins and refused logins; no secrets. */
  readonly onEvent?: (event: 'login' | 'login-failed', username: string) => void;
  /** What is no fault of the client. */
  readonly onError?: (error: unknown, command: string) => void;
}

/**
 * One IMAP connection from greeting to BYE (RFC 3501 §3). It opens no socket: octets come in by `feed`, go out through the
 * transport, and `run` resolves when the transport is to be closed. Commands are done one after the other, in the order in
 * which they came, so pipelining needs no care (RFC 3501 §5.5).
 */
export class ImapSession implements Context {
  readonly backend: ImapBackend;
  readonly limits: ImapLimits;
  readonly output: Output;
  readonly enabled = new Set<'CONDSTORE'>();
  tag = '*';
  secure: boolean;
  state: State = 'not-authenticated';
  readonly #options: SessionOptions;
  readonly #input: Input;
  #account: ImapAccount | null = null;
  #view: View | null = null;
  #unwatch: (() => void) | null = null;
  #hinted = false;
  #errors = 0;
  #literal: (ReaderEvent & { kind: 'literal' }) | null = null;
  #literalUsed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.backend = options.backend;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.secure = options.secure;
    this.output = new Output(options.transport);
    this.#input = new Input(this.limits, options.transport);
  }

  /** Octets from the client. */
  feed(chunk: Uint8Array): void {
    this.#input.feed(chunk);
  }

  /** The connection is closed: what is under way stops at its next output. */
  gone(): void {
    this.output.close();
    this.end();
  }

  /** The client sends no more, or (`bye`) the server wants to end: the command under way is finished first. */
  end(bye: string | null = null): void {
    this.#input.end(new SessionEnd(bye));
  }

  async run(): Promise<void> {
    try {
      this.output.untagged(`OK [CAPABILITY ${capabilities(this)}] Postroad ready`);
      this.#arm();
      while (this.state !== 'logout') {
        await this.output.flush();
        await this.#handle(await this.#input.event());
      }
      await this.output.flush();
    } catch (error) {
      await this.#fail(error);
    } finally {
      clearTimeout(this.#timer);
      this.#unwatch?.();
      this.end();
    }
  }

  async #fail(error: unknown): Promise<void> {
    if (!(error instanceof SessionEnd)) this.#options.onError?.(error, 'session');
    const bye = error instanceof SessionEnd ? error.bye : '[SERVERBUG] internal error';
    if (bye === null) return;
    this.output.untagged(`BYE ${bye}`);
    await this.output.flush().catch(() => undefined);
  }

  /** Restarts the clock of silence (RFC 3501 §5.4). */
  #arm(): void {
    clearTimeout(this.#timer);
    const [ms, text] =
      this.state === 'not-authenticated'
        ? [this.limits.authTimeout, 'authentication took too long']
        : [this.limits.idleTimeout, 'idle for too long'];
    this.#timer = setTimeout(() => {
      this.end(`[UNAVAILABLE] ${text}`);
    }, ms);
  }

  async #handle(event: ReaderEvent): Promise<void> {
    if (event.kind === 'error') {
      this.#complete(tagOf(event.segments), { status: 'BAD', text: event.text });
      if (event.fatal) throw new SessionEnd(event.text);
      return;
    }
    if (event.kind === 'literal') {
      if (!isAppend(event.segments)) return this.#hold(event);
      this.#literal = event;
      this.#literalUsed = false;
    }
    if (this.state !== 'not-authenticated') this.#arm();
    await this.#execute(event.segments);
    this.#literal = null;
  }

  /** A literal that is an argument: small, and kept. */
  async #hold(event: ReaderEvent & { kind: 'literal' }): Promise<void> {
    const limit = this.state === 'not-authenticated' ? this.limits.literalBeforeAuth : this.limits.literal;
    if (event.size > limit)
      return this.#refuseLiteral(event, { status: 'BAD', code: 'TOOBIG', text: 'literal too long' });
    this.#input.reader.accept('hold');
    if (!event.synchronising) return;
    this.output.line('+ go ahead');
    await this.output.flush();
  }

  #refuseLiteral(event: ReaderEvent & { kind: 'literal' }, completion: Completion): void {
    this.#complete(tagOf(event.segments), completion);
    if (event.synchronising) this.#input.reader.abandon();
    else if (event.size > this.limits.skip) throw new SessionEnd('literal too long');
    else this.#input.reader.accept('skip');
  }

  async #execute(segments: Segments): Promise<void> {
    const args = new Arguments(segments, this.limits.ranges);
    let tag = '*';
    let name = '';
    let command: Command | undefined;
    let completion: Completion;
    try {
      tag = args.tag();
      args.space();
      name = args.atom().toUpperCase();
      if (name === 'UID' && args.skip(' ')) name = `UID ${args.atom().toUpperCase()}`;
      command = commandNamed(name);
      if (!command) throw new ParseError('unknown command', 0);
      this.tag = tag;
      completion = await this.#perform(command, args);
    } catch (error) {
      if (error instanceof SessionEnd) throw error;
      completion = completionOf(error);
      if (completion.code === 'SERVERBUG') this.#options.onError?.(error, name);
    }
    await this.#finishLiteral(completion);
    if (this.#view && this.state === 'selected' && completion.status !== 'BAD' && command?.reports !== 'none')
      await this.sync(command?.reports !== 'no-expunge');
    if (completion.text !== '') this.#complete(tag, completion);
  }

  async #perform(command: Command, args: Arguments): Promise<Completion> {
    if (!command.states.includes(this.state)) {
      return { status: 'BAD', text: `${command.name} is not possible in the ${this.state} state` };
    }
    const parsed = command.parse(args, this.limits);
    return command.check?.(this, parsed) ?? command.proceed(this, parsed);
  }

  /** A literal that no command took: dropped, or never asked for. What follows it up to the line's end belongs to the command. */
  async #finishLiteral(completion: Completion): Promise<void> {
    const event = this.#literal;
    if (!event) return;
    if (!this.#literalUsed) {
      if (event.synchronising) this.#input.reader.abandon();
      else if (event.size > this.limits.skip) {
        this.#complete(tagOf(event.segments), completion);
        throw new SessionEnd('literal too long');
      } else this.#input.reader.accept('skip');
      return;
    }
    for await (const rest of this.#input.literal()) void rest;
    const end = await this.#input.line(this.limits.line);
    if (!end || end.length > 0) throw new SessionEnd('garbage after the message of APPEND');
    this.#input.reader.abandon();
  }

  #complete(tag: string, completion: Completion): void {
    const code = completion.code === undefined ? '' : `[${completion.code}] `;
    this.output.line(`${tag} ${completion.status} ${code}${completion.text}`);
    if (completion.status !== 'BAD') this.#errors = 0;
    else if (++this.#errors >= this.limits.errors) throw new SessionEnd('too many errors');
  }

  get canStartTls(): boolean {
    return !this.secure && this.#options.transport.startTls !== undefined;
  }

  get channelBindings(): ChannelBindings | null {
    return this.secure ? (this.#options.transport.channelBindings ?? null) : null;
  }

  get account(): ImapAccount {
    if (!this.#account) throw new Refusal('BAD', undefined, 'not authenticated');
    return this.#account;
  }

  get view(): View {
    if (!this.#view) throw new Refusal('BAD', undefined, 'no mailbox is selected');
    return this.#view;
  }

  login(account: ImapAccount, username: string): void {
    this.#account = account;
    this.state = 'authenticated';
    this.#input.reader.authenticated = true;
    this.#unwatch = account.watch(() => {
      this.#hinted = true;
      this.#input.wake();
    });
    this.#arm();
    this.report('login', username);
  }

  select(view: View | null): void {
    this.#view = view;
    this.state = view ? 'selected' : 'authenticated';
  }

  signOut(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    this.#account = null;
    this.#view = null;
    this.#hinted = false;
    this.enabled.clear();
    this.state = 'not-authenticated';
    this.#input.reader.authenticated = false;
    this.#arm();
  }

  report(event: 'login' | 'login-failed', username: string): void {
    this.#options.onEvent?.(event, username);
  }

  async ask(text: string): Promise<Buffer> {
    this.output.line(`+ ${text}`);
    await this.output.flush();
    const line = await this.#input.line(this.limits.lineBeforeAuth);
    if (!line) throw new Refusal('BAD', undefined, 'line too long');
    return line;
  }

  incoming(): IncomingLiteral {
    const event = this.#literal;
    if (!event) throw new Refusal('BAD', undefined, 'a literal is missing');
    return { size: event.size, content: this.#content(event) };
  }

  async *#content(event: ReaderEvent & { kind: 'literal' }): AsyncGenerator<Uint8Array> {
    this.#literalUsed = true;
    this.#input.reader.accept('stream');
    if (event.synchronising) {
      this.output.line('+ go ahead');
      await this.output.flush();
    }
    for await (const piece of this.#input.literal()) {
      this.#timer?.refresh();
      yield piece;
    }
  }

  async pause(): Promise<'hint' | 'poll' | 'input'> {
    await this.output.flush();
    const woken = this.#hinted ? 'time' : await this.#input.wait(this.limits.pollInterval);
    if (woken === 'input') return 'input';
    if (this.#input.over) throw this.#input.over;
    if (!this.#hinted) return 'poll';
    this.#hinted = false;
    return 'hint';
  }

  line(): Buffer | null {
    return this.#input.tryLine(this.limits.lineBeforeAuth);
  }

  async startTls(): Promise<void> {
    const startTls = this.#options.transport.startTls;
    if (!startTls) throw new Refusal('BAD', undefined, 'TLS is not available');
    this.#complete(this.tag, { status: 'OK', text: 'begin TLS' });
    await this.output.flush();
    this.#input.reader.reset();
    await startTls().catch(() => {
      throw new SessionEnd(null);
    });
    this.#input.reader.reset();
    this.secure = true;
  }

  async sync(expunges: boolean): Promise<void> {
    this.#hinted = false;
    try {
      await this.view.sync(this.account, this.output, { expunges, condstore: this.enabled.has('CONDSTORE') });
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === 'NOT_FOUND') throw new SessionEnd('the mailbox selected was deleted');
      // nothing is lost: the next look begins at the same MODSEQ
      if (code !== 'UNAVAILABLE') throw error;
      this.#options.onError?.(error, 'sync');
    }
  }
}

/** Tag of a command that could not be read; `*` when there is none. */
function tagOf(segments: Segments): string {
  // eslint-disable-next-line no-control-regex
  return /^[^\x00-\x20\x7f-\xff(){%*"\\+]{1,64}(?= |$)/.exec(segments[0]?.toString('latin1') ?? '')?.[0] ?? '*';
}

/** Whether the literal that comes now is the message of an APPEND: its mailbox is there already. */
function isAppend(segments: Segments): boolean {
  const first = segments[0]?.toString('latin1') ?? '';
  return segments.length > 1 ? /^\S+ append $/i.test(first) : /^\S+ append \S/i.test(first);
}
