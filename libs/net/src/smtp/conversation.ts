import type { EnvelopeRecipient } from '@postroad/mail';
import {
  parseCommand,
  RFC5321_LIMITS,
  type Command,
  type CommandContext,
  type MailParameters,
  type OfferedExtensions,
  type Parsed,
  type Reply,
} from '@postroad/smtp';
import type { DoorMeter } from '../door-meter.ts';
import type { ReversePath } from '@postroad/mail';
import { LHLO_ONLY, LHLO_UNKNOWN } from './replies.ts';
import type { MaybePromise, SmtpPolicy, SmtpSession, SmtpSessionHandler } from './types.ts';

/** What one listener offers, the same for all its sessions. */
export interface ConversationSettings<User> {
  /** Our name in greeting and replies. */
  readonly hostname: string;
  readonly handler: SmtpSessionHandler<User>;
  readonly policy: SmtpPolicy;
  /** Whether STARTTLS can be offered. */
  readonly startTls: boolean;
  /** Offers REQUIRETLS (RFC 8689) under TLS. */
  readonly requireTls: boolean;
  readonly smtpUtf8: boolean;
  /** LMTP (RFC 2033): LHLO in place of EHLO, and one reply per recipient after the content. */
  readonly lmtp: boolean;
  /** The domain of `<postmaster>` (RFC 5321 §4.5.1). */
  readonly postmasterDomain: string;
  readonly meter?: DoorMeter | undefined;
}

interface OpenTransaction {
  readonly reversePath: ReversePath;
  readonly parameters: MailParameters;
  readonly recipients: EnvelopeRecipient[];
  /** Index into `recipients` by the exact mailbox. */
  readonly index: Map<string, number>;
  /** RCPTs refused, so that DATA can tell “none” from “none valid”. */
  refused: number;
}

/** Takes the next line instead of the command parser (AUTH continuation). */
type LineTaker = (line: Buffer) => MaybePromise<Reply>;

/** The state of one session and nothing of its socket: what verbs read and change. */
export class Conversation<User = unknown> {
  readonly settings: ConversationSettings<User>;
  readonly session: {
    -readonly [Key in keyof SmtpSession<User>]: SmtpSession<User>[Key];
  };
  transaction: OpenTransaction | null = null;
  /** Set while AUTH waits for the client's next line. */
  nextLine: LineTaker | null = null;
  errors = 0;
  authFailures = 0;

  constructor(settings: ConversationSettings<User>, session: SmtpSession<User>) {
    this.settings = settings;
    this.session = { ...session };
  }

  get secure(): boolean {
    return this.session.tls !== null;
  }

  /** AUTH is offered under TLS only, and once (RFC 4954 §4). */
  get offersAuth(): boolean {
    return this.settings.handler.auth !== undefined && this.secure;
  }

  /** The EHLO list (RFC 5321 §4.1.1.1), each with its parameters. */
  extensions(): string[] {
    const { settings, secure } = this;
    const list = ['PIPELINING', `SIZE ${String(settings.policy.maxSize)}`, '8BITMIME', 'ENHANCEDSTATUSCODES', 'DSN'];
    if (settings.smtpUtf8) list.push('SMTPUTF8');
    if (settings.startTls && !secure) list.push('STARTTLS');
    if (this.offersAuth && this.session.user === null) list.push('AUTH PLAIN LOGIN');
    if (settings.requireTls && secure) list.push('REQUIRETLS');
    return list;
  }

  parse(line: Buffer): Parsed<Command> {
    const hello = /^(?:LHLO|EHLO|HELO)(?=[ \t]|$)/i.exec(line.toString('latin1', 0, 5))?.[0].toUpperCase();
    if (hello === undefined) return parseCommand(line, this.#context());
    // RFC 2033 §4.1: the same command under another name, so that nobody takes one protocol for the other
    if ((hello === 'LHLO') !== this.settings.lmtp)
      return { ok: false, reply: this.settings.lmtp ? LHLO_ONLY : LHLO_UNKNOWN };
    return parseCommand(hello === 'LHLO' ? Buffer.concat([EHLO, line.subarray(4)]) : line, this.#context());
  }

  #context(): CommandContext {
    const { postmasterDomain } = this.settings;
    return { limits: DOOR_LIMITS, offered: this.#offered(), postmasterDomain };
  }

  #offered(): OfferedExtensions {
    const { settings } = this;
    if (!this.offersAuth && settings.smtpUtf8 && !settings.requireTls) return PLAIN_OFFER;
    const offered = new Set(PLAIN_OFFER);
    if (!settings.smtpUtf8) offered.delete('SMTPUTF8');
    if (this.offersAuth) offered.add('AUTH');
    // In clear it is refused with a code of its own (RFC 8689 §4.2.1).
    if (settings.requireTls) offered.add('REQUIRETLS');
    return offered;
  }

  /** RSET, EHLO, and what every STARTTLS does (RFC 3207 §4.2). */
  reset(): void {
    this.transaction = null;
    this.nextLine = null;
  }
}

const EHLO = Buffer.from('EHLO');
const PLAIN_OFFER: OfferedExtensions = new Set(['SIZE', '8BITMIME', 'DSN', 'SMTPUTF8']);
/** Local parts may be as long as a path lets them (libs/smtp/SPEC.md, SMTP-LIMIT-1). */
const DOOR_LIMITS = { ...RFC5321_LIMITS, localPart: RFC5321_LIMITS.path };
