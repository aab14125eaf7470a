import type { Socket } from 'node:net';
import { formatReply, isPositive, reply, SmtpProtocolError, type Reply, type Verb } from '@postroad/smtp';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import type { NetLogger } from '../logger.ts';
import type { DoorMeter, Stage } from '../door-meter.ts';
import type { ProxiedEnds } from '../proxy-header.ts';
import { ContentRefused } from './content-queue.ts';
import { Conversation, type ConversationSettings } from './conversation.ts';
import { DataPhase } from './data-phase.ts';
import { errorReply } from './error-reply.ts';
import * as R from './replies.ts';
import type { Door } from './door.ts';
import { sessionTls } from './session-tls.ts';
import { stageOf, STAGES } from './stage.ts';
import { StrictStream } from './strict-stream.ts';
import type { MaybePromise } from './types.ts';
import { runCommand } from './verbs/registry.ts';

/** Refused by the state of the session these are no errors of the client: it pipelined them behind a MAIL that was refused. */
const IN_A_BATCH: ReadonlySet<Verb> = new Set(['RCPT', 'DATA']);

/**
 * smtp-server's connection with its opinions overridden (DESIGN §7). Kept: the socket's wiring, STARTTLS with its buffer discipline,
 * half-close and its deadline. Ours: greeting, commands, replies, content, timeouts.
 */
export class DoorConnection extends SMTPConnection {
  readonly #door: Door<DoorConnection>;
  readonly #conversation: Conversation;
  readonly #logger: NetLogger;
  readonly #meter: DoorMeter | undefined;
  #phase: DataPhase | null = null;
  /** A hook is at work: silence is ours, not the client's. */
  #busy = false;
  #draining = false;
  #timed: Socket | null = null;
  #gone = false;

  constructor(door: Door<DoorConnection>, socket: Socket, ends: ProxiedEnds, settings: ConversationSettings<unknown>) {
    super(door, socket, ends);
    this.#door = door;
    this.#logger = door.log;
    this.#meter = settings.meter;
    this.#conversation = new Conversation(settings, {
      id: this.id,
      ...ends,
      hello: null,
      tls: sessionTls(socket),
      user: null,
      lmtp: settings.lmtp,
    });
  }

  // ---- greeting

  /** smtp-server waits 100 ms for early talkers and looks up the client's name first. */
  override init(): void {
    this._setListeners(() => {
      const { greetDelay } = this.#conversation.settings.policy;
      if (greetDelay > 0) setTimeout(() => void this.#greet(), greetDelay).unref();
      else void this.#greet();
    });
  }

  async #greet(): Promise<void> {
    const { handler, hostname } = this.#conversation.settings;
    let refusal: Reply | null = null;
    if (handler.connect !== undefined) {
      try {
        refusal = await handler.connect(this.#conversation.session);
      } catch (error) {
        refusal = this.#failed(error);
      }
    }
    if (this._closing || this._closed) return;
    if (refusal !== null) {
      this.#meter?.turnedAway('host');
      this.#meter?.answered('connect', refusal);
      this.#finish(refusal);
      return;
    }
    this._ready = true;
    const { lmtp } = this.#conversation.settings;
    this.#answer(reply(220, null, `${hostname} ${lmtp ? 'LMTP' : 'ESMTP'} Postroad`));
    if (this.#draining) this.#finish(R.GOING_DOWN);
  }

  // ---- commands

  override _createParser(): SMTPStream {
    // Called by the constructor of the base class: nothing of `this` may be touched before the first line.
    const parser = new StrictStream({
      line: (line, next) => {
        this._onCommand(line, next);
      },
      broken: (error) => {
        this.#broken(error);
      },
      flooded: () => {
        this.#cutContent(new ContentRefused('far too large', this.#oversize()));
      },
    });
    // The client has said all it will say, and everything it said has its reply: commands may be followed by a FIN at once.
    parser.on('finish', () => {
      if (parser === this._parser) this.#hungUp();
    });
    return parser;
  }

  #hungUp(): void {
    if (this.#phase === null) this.close();
    else this._socket.destroy();
  }

  override _onCommand(line: Buffer, next: () => void = () => undefined): void {
    if (this._upgrading || this._closing) {
      next();
      return;
    }
    if (!this._ready) {
      this.#tooEarly();
      next();
      return;
    }
    const conversation = this.#conversation;
    const take = conversation.nextLine;
    if (take !== null) {
      conversation.nextLine = null;
      this.#settle(() => take(line), 'AUTH', next);
      return;
    }
    const parsed = conversation.parse(line);
    if (!parsed.ok) {
      this.#protocolError(parsed.reply, stageOf(line), next);
      return;
    }
    this.#settle(
      () => {
        const run = runCommand(conversation, parsed.value);
        if (run.refused && !IN_A_BATCH.has(parsed.value.verb)) conversation.errors++;
        return run.reply;
      },
      parsed.value.verb,
      next,
    );
  }

  #tooEarly(): void {
    this.#meter?.answered('connect', R.TOO_EARLY);
    this.#finish(R.TOO_EARLY);
  }

  #protocolError(answer: Reply, stage: Stage, next: () => void): void {
    // 553 5.6.7 is about an address, not about the protocol.
    if (answer.code !== 553) this.#conversation.errors++;
    this.#reply(answer, 'NOOP', next, stage);
  }

  /** Waits for the reply of a verb, turning what it throws into one. */
  #settle(run: () => MaybePromise<Reply>, verb: Verb, next: () => void): void {
    let outcome: MaybePromise<Reply>;
    try {
      outcome = run();
    } catch (error) {
      outcome = this.#failed(error);
    }
    if (!(outcome instanceof Promise)) {
      this.#reply(outcome, verb, next);
      return;
    }
    this.#busy = true;
    void outcome
      .catch((error: unknown) => this.#failed(error))
      .then((answer) => {
        this.#busy = false;
        this.#reply(answer, verb, next);
      });
  }

  #failed(error: unknown): Reply {
    return errorReply(error, (err) => {
      this.#logger.error({ err, session: this.id }, 'a hook of the session failed');
    });
  }

  #reply(answer: Reply, verb: Verb, next: () => void, stage = STAGES[verb]): void {
    this.#meter?.answered(stage, answer);
    const { errors, authFailures, settings } = this.#conversation;
    if (errors >= settings.policy.maxErrors) this.#finish(R.TOO_MANY_ERRORS);
    else if (authFailures >= settings.policy.maxAuthFailures) this.#finish(R.TOO_MANY_AUTH_FAILURES);
    else if (answer.code === 421 || answer.code === 221) this.#finish(answer);
    else if (verb === 'STARTTLS' && answer.code === 220) {
      this.#answer(answer);
      this.upgrade(next);
      return;
    } else if (verb === 'DATA' && answer.code === 354) {
      void this.#data(next);
      return;
    } else {
      this.#answer(answer);
      this.#drainIfIdle();
    }
    this._whenWritable(next);
  }

  #answer(answer: Reply): void {
    const socket = this._socket;
    if (this._upgrading || socket.destroyed || !socket.writable) return;
    socket.write(formatReply(answer));
  }

  #finish(answer: Reply): void {
    this.#answer(answer);
    this.close();
  }

  /** What the base class says by itself has no status of ours. */
  override send(code: number, data?: string | string[] | null): void {
    this.#answer(reply(code, code === 421 ? '4.3.0' : null, data ?? ''));
    if (code === 421) this.close();
  }

  // ---- content

  async #data(next: () => void): Promise<void> {
    const conversation = this.#conversation;
    const { settings, session, transaction } = conversation;
    const { handler, policy } = settings;
    if (!(this._parser instanceof StrictStream) || transaction === null) {
      next();
      return;
    }
    const phase = new DataPhase(policy, () => {
      this.#cutContent(new ContentRefused('too slow', R.DATA_TOO_SLOW));
    });
    this.#phase = phase;
    this._parser.startContent(phase.queue, policy.maxSize + policy.oversizeSlack, phase.end);
    this._armTimeout();
    this.#answer(R.START_DATA);
    next();
    const taken = await phase.run(
      (content) => handler.data(session, transaction, content),
      (error) => this.#failed(error),
    );
    this.#phase = null;
    conversation.transaction = null;
    // RFC 2033 §4.2: over LMTP one for each recipient accepted, also when all fail alike
    const recipients = transaction.recipients.length;
    const answers = 'code' in taken ? Array.from({ length: settings.lmtp ? recipients : 1 }, () => taken) : taken;
    // null: the client has gone, and nobody was refused
    if (phase.queue.refusal?.reply !== null)
      this.#meter?.message(answers, { bytes: phase.queue.size, recipients, ms: phase.waited });
    if (this._closing || this._closed) return;
    this._armTimeout();
    this.#afterData(answers);
  }

  #afterData(answers: readonly Reply[]): void {
    const last = answers.at(-1);
    for (const answer of answers) {
      if (answer === last && answer.code === 421) this.#finish(answer);
      else this.#answer(answer);
    }
    // A relay keeps a session for hours: what it did wrong before a good message is forgotten.
    if (answers.some(isPositive)) this.#conversation.errors = 0;
    this.#drainIfIdle();
    if (this._parser instanceof StrictStream) {
      const parser = this._parser;
      this._whenWritable(() => {
        parser.resume();
      });
    }
  }

  #oversize(): Reply {
    const { maxSize } = this.#conversation.settings.policy;
    return reply(552, '5.3.4', `Message exceeds the limit of ${String(maxSize)} octets`);
  }

  /** Ends a message that will not be read to its end, and the connection with it: nobody knows where its next command is. */
  #cutContent(refusal: ContentRefused): void {
    const answer = this.#phase?.refuse(refusal) ?? refusal.reply;
    if (answer !== null) this.#finish(answer);
  }

  #broken(error: SmtpProtocolError): void {
    this.#logger.info({ session: this.id, peer: this.remoteAddress, code: error.code }, 'SMTP stream broken');
    if (!this._ready) this.#tooEarly();
    else if (this.#phase !== null) this.#cutContent(new ContentRefused(error.code, R.BARE_NEWLINE));
    else {
      const answer = error.code === 'LINE_TOO_LONG' ? R.LINE_TOO_LONG : R.BARE_NEWLINE;
      this.#meter?.answered('command', answer);
      this.#finish(answer);
    }
  }

  // ---- TLS

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    this.#door.refreshSecureContext();
    super.upgrade(callback, () => {
      const tls = sessionTls(this._socket);
      this.#conversation.session.tls = tls;
      this.#meter?.handshake(tls?.protocol ?? null);
      secureCallback?.();
    });
  }

  /** After STARTTLS nothing the client said before it counts (RFC 3207 §4.2). */
  override _resetSession(): void {
    this.#conversation.reset();
    this.#conversation.session.hello = null;
    this.#conversation.session.user = null;
    this._armTimeout();
  }

  // ---- time

  override _armTimeout(socket: Socket = this._socket): void {
    if (this.#timed !== socket) {
      this.#timed = socket;
      socket.on('timeout', () => {
        this._onTimeout();
      });
    }
    const { commandTimeout, dataTimeout, handshakeTimeout } = this.#conversation.settings.policy;
    socket.setTimeout(this._upgrading ? handshakeTimeout : this.#phase === null ? commandTimeout : dataTimeout);
  }

  override _onTimeout(): void {
    if (this._closing || this._upgrading) {
      this.#destroy();
    } else if (this.#busy || this.#phase?.whole === true || (this.#phase !== null && this._socket.isPaused())) {
      // We are the ones who are slow.
      this._armTimeout();
    } else if (this.#phase !== null) {
      this.#cutContent(new ContentRefused('silence', R.IDLE_IN_DATA));
    } else this.#finish(R.IDLE);
  }

  // ---- end

  /** Asks the session to end: at once when it is idle, otherwise after its transaction. */
  drain(): void {
    this.#draining = true;
    this.#drainIfIdle();
  }

  #drainIfIdle(): void {
    const idle = this._ready && !this.#busy && this.#phase === null && this.#conversation.transaction === null;
    if (this.#draining && idle && !this._closing && !this._upgrading) this.#finish(R.GOING_DOWN);
  }

  /** The deadline of draining has come. */
  abandon(): void {
    if (this.#phase !== null) this.#cutContent(new ContentRefused('shutdown', R.GOING_DOWN));
    else this.#finish(R.GOING_DOWN);
    setTimeout(() => {
      this.#destroy();
    }, 250).unref();
  }

  /** During a handshake the TLS socket goes first: it must not lose its socket from below. */
  #destroy(): void {
    (this.#timed ?? this._socket).destroy();
  }

  override _onClose(): void {
    super._onClose();
    if (this.#gone) return;
    this.#gone = true;
    if (this._upgrading) this.#meter?.handshake(null);
    this.#phase?.refuse(new ContentRefused('connection lost', null));
    this.#door.left(this);
    this.#conversation.settings.handler.close?.(this.#conversation.session);
  }
}
