import type { ImapAccount, ImapBackend } from '../backend.ts';
import { Refusal, SessionEnd } from '../errors.ts';
import { DEFAULT_LIMITS, type ImapLimits } from '../limits.ts';
import type { ArgumentsOptions } from '../parse/arguments.ts';
import type { LiteralEvent, ReaderEvent, Segments } from '../parse/reader.ts';
import type { ChannelBindings } from '../sasl/mechanism.ts';
import { Output } from '../write/output.ts';
import { capabilities } from './capabilities.ts';
import type { Completion, Context, State } from './context.ts';
import { runCommand } from './dispatch.ts';
import { Incoming, isStreamed } from './incoming.ts';
import { Input } from './input.ts';
import type { SessionObserver } from './observer.ts';
import type { SessionOptions } from './options.ts';
import { syncView } from './sync.ts';
import { type Extension, modeOf, type ViewMode } from './mode.ts';
import type { View } from './view.ts';
import type { Watcher } from './watcher.ts';

/** RFC 7888 §5. */
const LITERAL_MINUS = 4096;

/**
 * One IMAP connection from greeting to BYE (RFC 9051 §3). It opens no socket: octets come in by `feed`, go out through the
 * transport, and `run` resolves when the transport is to be closed. Commands are done one after the other, in the order in
 * which they came, so pipelining needs no care (RFC 9051 §5.5).
 */
export class ImapSession implements Context {
  readonly backend: ImapBackend;
  readonly limits: ImapLimits;
  readonly output: Output;
  readonly literals: 'plus' | 'minus';
  readonly enabled = new Set<Extension>();
  tag = '*';
  secure: boolean;
  state: State = 'not-authenticated';
  readonly #options: SessionOptions;
  readonly #input: Input;
  #account: ImapAccount | null = null;
  #view: View | null = null;
  #unwatch: (() => void) | null = null;
  #hinted = false;
  #compressed = false;
  #watcher: Watcher | null = null;
  #errors = 0;
  #incoming: Incoming | null = null;
  #timer: NodeJS.Timeout | undefined;
  #timeout = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.backend = options.backend;
    this.limits = options.limits ? { ...DEFAULT_LIMITS, ...options.limits } : DEFAULT_LIMITS;
    this.literals = options.literals ?? 'plus';
    this.secure = options.secure;
    this.output = new Output(options.transport);
    this.#input = new Input(this.limits, options.transport);
  }

  /** Octets from the client; the session takes them over. */
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
        await this.#handle(this.#watcher ? await this.#eventOrTell() : await this.#input.event());
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

  /** Waits for the client, and tells meanwhile what NOTIFY asks for (RFC 5465 §3.1). */
  async #eventOrTell(): Promise<ReaderEvent> {
    for (;;) {
      const event = this.#input.tryEvent();
      if (event) return event;
      if ((await this.pause()) !== 'input') await this.tell(this.#watcher?.selected?.delayed === false);
    }
  }

  async #fail(error: unknown): Promise<void> {
    if (!(error instanceof SessionEnd)) this.#options.onError?.(error, 'session');
    const bye = error instanceof SessionEnd ? error.bye : '[SERVERBUG] internal error';
    if (bye === null) return;
    this.output.untagged(`BYE ${bye}`);
    await this.output.flush().catch(() => undefined);
  }

  /** Restarts the clock of silence (RFC 9051 §5.4). */
  #arm(): void {
    const early = this.state === 'not-authenticated';
    const timeout = early ? this.limits.authTimeout : this.limits.idleTimeout;
    if (this.#timer && this.#timeout === timeout) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#timeout = timeout;
    this.#timer = setTimeout(() => {
      this.end(
        `[UNAVAILABLE] ${this.state === 'not-authenticated' ? 'authentication took too long' : 'idle for too long'}`,
      );
    }, timeout);
  }

  async #handle(event: ReaderEvent): Promise<void> {
    if (event.kind === 'error') {
      this.observer?.command(null, { status: 'BAD' }, 0);
      this.complete(tagOf(event.segments), { status: 'BAD', text: event.text });
      if (event.fatal) throw new SessionEnd(event.text);
      return;
    }
    const streamed = isStreamed(event);
    if (event.kind === 'literal' && !streamed) return this.#hold(event);
    if (this.state !== 'not-authenticated') this.#arm();
    this.#incoming = streamed ? this.#incomingOf(event) : null;
    await runCommand(this, event.segments);
    this.#incoming = null;
  }

  #incomingOf(event: Exclude<ReaderEvent, { kind: 'error' }>): Incoming {
    const { limits, output, argumentsOptions, state } = this;
    return new Incoming(
      {
        input: this.#input,
        output,
        limits,
        argumentsOptions,
        skip: state === 'not-authenticated' ? limits.skip : Math.max(limits.skip, limits.append),
        mayFollow: (literal) => this.#mayFollow(literal),
        heard: () => this.#timer?.refresh(),
      },
      event,
    );
  }

  /** RFC 7888 §5: with LITERAL- only small literals may come unasked. */
  #mayFollow({ synchronising, size }: LiteralEvent): boolean {
    return synchronising || this.literals === 'plus' || size <= LITERAL_MINUS;
  }

  /** A literal that is an argument: small, and kept. */
  async #hold(event: LiteralEvent): Promise<void> {
    const limit = this.state === 'not-authenticated' ? this.limits.literalBeforeAuth : this.limits.literal;
    if (event.size > limit || !this.#mayFollow(event))
      return this.#refuseLiteral(event, { status: 'BAD', code: 'TOOBIG', text: 'literal too long' });
    this.#input.reader.accept('hold');
    if (!event.synchronising) return;
    this.output.line('+ go ahead');
    await this.output.flush();
  }

  #refuseLiteral(event: LiteralEvent, completion: Completion): void {
    this.complete(tagOf(event.segments), completion);
    if (event.synchronising) this.#input.reader.abandon();
    else if (event.size > this.limits.skip) throw new SessionEnd('literal too long');
    else this.#input.reader.accept('skip');
  }

  /** Writes the tagged response; errors are counted. */
  complete(tag: string, completion: Completion): void {
    const code = completion.code === undefined ? '' : `[${completion.code}] `;
    this.output.line(`${tag} ${completion.status} ${code}${completion.text}`);
    if (completion.status !== 'BAD') this.#errors = 0;
    else if (++this.#errors >= this.limits.errors) throw new SessionEnd('too many errors');
  }

  get argumentsOptions(): ArgumentsOptions {
    return { maxRanges: this.limits.ranges, utf8: this.utf8 };
  }

  get utf8(): boolean {
    return this.enabled.has('UTF8=ACCEPT') || this.enabled.has('IMAP4rev2');
  }

  get mode(): ViewMode {
    return modeOf(this.enabled);
  }

  get canStartTls(): boolean {
    return !this.secure && this.#options.transport.startTls !== undefined;
  }

  get channelBindings(): ChannelBindings | null {
    return this.secure ? (this.#options.transport.channelBindings ?? null) : null;
  }

  get observer(): SessionObserver | undefined {
    return this.#options.observer;
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
    this.#unwatch = account.watch(
      () => {
        this.#hinted = true;
        this.#input.wake();
      },
      (why) => {
        this.end(why);
      },
    );
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
    this.#watcher = null;
    this.enabled.clear();
    this.state = 'not-authenticated';
    this.#input.reader.authenticated = false;
    this.#arm();
  }

  report(event: 'login' | 'login-failed', username: string): void {
    this.#options.onEvent?.(event, username);
  }

  reportError(error: unknown, command: string): void {
    this.#options.onError?.(error, command);
  }

  async ask(text: string): Promise<Buffer> {
    this.output.line(`+ ${text}`);
    await this.output.flush();
    const line = await this.#input.line(this.limits.lineBeforeAuth);
    if (!line) throw new Refusal('BAD', undefined, 'line too long');
    return line;
  }

  get incoming(): Incoming {
    if (!this.#incoming) throw new Refusal('BAD', undefined, 'a literal is missing');
    return this.#incoming;
  }

  get streamed(): Incoming | null {
    return this.#incoming;
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
    this.complete(this.tag, { status: 'OK', text: 'begin TLS' });
    await this.output.flush();
    this.#input.reader.reset();
    await startTls().catch(() => {
      throw new SessionEnd(null);
    });
    this.#input.reader.reset();
    this.secure = true;
  }

  get compression(): 'none' | 'offered' | 'active' {
    if (this.#compressed) return 'active';
    return this.#options.transport.compress ? 'offered' : 'none';
  }

  async compress(): Promise<void> {
    await this.output.flush();
    if (this.#input.reader.buffered > 0)
      throw new Refusal('BAD', undefined, 'nothing may follow COMPRESS before it is answered');
    this.complete(this.tag, { status: 'OK', text: 'DEFLATE active' });
    // no octet can come in between: flush hands everything over before it waits
    const flushed = this.output.flush();
    this.#options.transport.compress?.();
    this.#compressed = true;
    await flushed;
  }

  watch(watcher: Watcher): void {
    this.#watcher = watcher;
  }

  caused(name: string | null): void {
    if (!this.#watcher) return;
    this.#watcher.caused(name);
    // looked at right behind the command, so that what others do afterwards is not taken for it
    this.#hinted = true;
  }

  async tell(expunges: boolean): Promise<void> {
    if (this.state === 'selected') await this.sync(expunges);
    await this.#watcher?.look().catch((error: unknown) => {
      this.#passOver(error, 'notify');
    });
  }

  async sync(expunges: boolean, own = false): Promise<void> {
    const interest = this.#watcher ? this.#watcher.selected : undefined;
    // a hint may be of another mailbox that is watched
    if (!this.#watcher) this.#hinted = false;
    if (interest === null && !own) return;
    try {
      await syncView(this.view, this.account, this.output, this.mode, { expunges, interest });
    } catch (error) {
      if ((error as { code?: unknown }).code === 'NOT_FOUND') throw new SessionEnd('the mailbox selected was deleted');
      this.#passOver(error, 'sync');
    }
  }

  /** Nothing is lost when the store cannot be had now: the next look begins where the last one ended. */
  #passOver(error: unknown, what: string): void {
    if ((error as { code?: unknown }).code !== 'UNAVAILABLE') throw error;
    this.#options.onError?.(error, what);
  }
}

/** Tag of a command that could not be read; `*` when there is none. */
function tagOf(segments: Segments): string {
  // eslint-disable-next-line no-control-regex
  return /^[^\x00-\x20\x7f-\xff(){%*"\\+]{1,64}(?= |$)/.exec(segments[0]?.toString('latin1') ?? '')?.[0] ?? '*';
}
