import type { Envelope, EnvelopeRecipient, ReversePath } from '@postroad/mail';
import type { Mail, MailParameters, Reply } from '@postroad/smtp';

export type MaybePromise<T> = T | Promise<T>;

/** A connection (RFC 5321 §2.3.1) as handlers see it. `User` is what {@link SmtpSessionHandler.auth} found. */
export interface SmtpSession<User = unknown> {
  /** Random, for logs. */
  readonly id: string;
  /** Client address without port; from the PROXY header when there was one. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Set by EHLO or HELO, undone by STARTTLS. */
  readonly hello: { readonly verb: 'EHLO' | 'HELO'; readonly name: string } | null;
  /** The TLS in force; null in clear. */
  readonly tls: { readonly protocol: string; readonly cipher: string; readonly servername: string | null } | null;
  readonly user: User | null;
  /** Whether LMTP is spoken (RFC 2033). */
  readonly lmtp: boolean;
}

/** What MAIL and RCPT said so far (RFC 5321 §3.3). */
export interface SmtpTransaction {
  readonly reversePath: ReversePath;
  readonly parameters: MailParameters;
  /** Accepted ones, in order; two that differ only in case are two. */
  readonly recipients: readonly EnvelopeRecipient[];
}

export interface SmtpCredentials {
  readonly mechanism: 'PLAIN' | 'LOGIN';
  /** An address, normalised to NFC. */
  readonly username: string;
  readonly password: string;
}

/**
 * What an agent decides. A hook answers with a refusal (code ≥ 400), or with null for the usual positive reply. One
 * that throws is answered by {@link errorReply}. No hook runs while another of the same session does.
 */
export interface SmtpSessionHandler<User = unknown> {
  /** A refusal here is sent instead of the greeting, and the connection is closed. */
  connect?(session: SmtpSession<User>): MaybePromise<Reply | null>;
  /** Offers AUTH (under TLS only). Null: wrong name or password (535 5.7.8). */
  auth?(session: SmtpSession<User>, credentials: SmtpCredentials): Promise<{ readonly user: User } | Reply | null>;
  mail(session: SmtpSession<User>, mail: Mail): MaybePromise<Reply | null>;
  rcpt(
    session: SmtpSession<User>,
    recipient: EnvelopeRecipient,
    transaction: SmtpTransaction,
  ): MaybePromise<Reply | null>;
  /**
   * Takes the content: dots removed, lines ended by CRLF. The socket is read only as fast as `content` is; not reading on
   * discards the rest. `content` throws {@link ContentRefused} when the message must not be taken (too large, bare CR or LF, NUL,
   * connection lost): whatever is answered then is replaced by its reply. A 250 is a promise (DESIGN §1.1). Over LMTP it answers once for
   * each recipient, in order (RFC 2033 §4.2); one reply alone stands for all.
   */
  data(
    session: SmtpSession<User>,
    transaction: SmtpTransaction,
    content: AsyncIterable<Buffer>,
  ): Promise<Reply | readonly Reply[]>;
  close?(session: SmtpSession<User>): void;
}

/** Limits and times of one listener; times in ms. */
export interface SmtpPolicy {
  /** Octets of content; announced with SIZE (RFC 1870). */
  readonly maxSize: number;
  /** How far over `maxSize` is read before the socket is cut: below it, the refusal waits for the end of the data. */
  readonly oversizeSlack: number;
  readonly maxRecipients: number;
  /** Refused commands in one connection before 421 4.7.0. */
  readonly maxErrors: number;
  /** Failed AUTHs in one connection before 421 4.7.0. */
  readonly maxAuthFailures: number;
  /** Silence between commands (RFC 5321 §4.5.3.2.7: 5 minutes). */
  readonly commandTimeout: number;
  /** Silence within the content (RFC 5321 §4.5.3.2.5: 3 minutes). */
  readonly dataTimeout: number;
  /** From DATA to the end of the content, whatever comes meanwhile: nobody may hold a message open for ever. */
  readonly maxDataTime: number;
  readonly handshakeTimeout: number;
  /** Waits before the greeting, to catch clients that do not (RFC 5321 §4.3.1). 0: no wait, and no cost. */
  readonly greetDelay: number;
}

export const DEFAULT_SMTP_POLICY: SmtpPolicy = {
  maxSize: 25 * 1024 * 1024,
  oversizeSlack: 1024 * 1024,
  maxRecipients: 1000,
  maxErrors: 10,
  maxAuthFailures: 3,
  commandTimeout: 300_000,
  dataTimeout: 180_000,
  maxDataTime: 3_600_000,
  handshakeTimeout: 30_000,
  greetDelay: 0,
};

/** The envelope of a finished transaction, as the spool keeps it. */
export function envelopeOf(transaction: SmtpTransaction): Envelope {
  const { reversePath, recipients, parameters } = transaction;
  const { body, smtputf8, ret, envelopeId, requireTls, mtPriority } = parameters;
  return {
    reversePath,
    recipients,
    ...(body !== undefined && { body }),
    ...(smtputf8 !== undefined && { smtputf8 }),
    ...(ret !== undefined && { ret }),
    ...(envelopeId !== undefined && { envelopeId }),
    ...(requireTls !== undefined && { requireTls }),
    ...(mtPriority !== undefined && { mtPriority }),
  };
}
