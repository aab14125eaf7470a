import type { Address, EnvelopeRecipient, Outcome, QueueId, RecipientStatus } from '@postroad/mail';

/** One recipient of the original message and what became of it (RFC 3464 §2.3). */
export interface DsnRecipient {
  /** The address the delivery was last tried to (Final-Recipient). */
  readonly finalRecipient: Address;
  /** ORCPT, decoded (RFC 3461 §4.2). */
  readonly originalRecipient?: EnvelopeRecipient['originalRecipient'];
  readonly status: RecipientStatus;
  /** ms since the epoch. */
  readonly lastAttempt?: number;
  /** ms since the epoch; for delayed recipients only (RFC 3464 §2.3.9). */
  readonly willRetryUntil?: number;
}

/** Everything a notification is made of: the same input gives the same octets. */
export interface DsnInput {
  /** Of the notification itself (see `dsnQueueId`): its Message-ID and boundary come from it. */
  readonly queueId: QueueId;
  /** Host name of this system, A-labels (Reporting-MTA). */
  readonly reportingMta: string;
  /** Reverse-path of the original message: who is told. (The notification's own reverse-path is null.) */
  readonly recipient: Address;
  /** Date of the notification, ms since the epoch. */
  readonly date: number;
  /** When the original was accepted, ms since the epoch. */
  readonly arrival: number;
  /** ENVID of the original, decoded (RFC 3461 §4.4). */
  readonly envelopeId?: string;
  /** Message-ID of the original without brackets. */
  readonly originalMessageId?: string;
  /** At least one. */
  readonly recipients: readonly DsnRecipient[];
  readonly returned: ReturnedContent;
  /** The sender used SMTPUTF8, so the notification may hold UTF-8 (RFC 6533). Otherwise it is ASCII throughout. */
  readonly smtputf8?: boolean;
}

/** What the caller puts between head and tail (RFC 3461 §4.3, RET). */
export interface ReturnedContent {
  /** `HDRS`: the header section of the original, `FULL`: all of it. For successes and delays use HDRS. */
  readonly form: 'FULL' | 'HDRS';
  /** Any octet above 127 in it. */
  readonly eightBit: boolean;
}

/** A notification is `head`, then the returned octets exactly as they are, then `tail`. */
export interface ComposedDsn {
  readonly head: Buffer;
  readonly tail: Buffer;
  /** Without angle brackets. */
  readonly messageId: string;
  /** The notification's own header or status needs SMTPUTF8 on the way (RFC 6533). */
  readonly smtputf8: boolean;
  /** BODY=8BITMIME is needed. */
  readonly eightBit: boolean;
}

/** `type; value`, as in Final-Recipient, Remote-MTA, Diagnostic-Code (RFC 3464 §2.1.2). */
export interface Typed {
  /** Lower case. */
  readonly type: string;
  readonly value: string;
}

/** One recipient's fields as another system reported them. */
export interface ParsedRecipient {
  readonly originalRecipient: Typed | null;
  readonly finalRecipient: Typed;
  readonly action: Outcome;
  /** `class.subject.detail`; null when unreadable. */
  readonly status: string | null;
  readonly remoteMta: Typed | null;
  readonly diagnostic: Typed | null;
  /** ms since the epoch. */
  readonly lastAttempt: number | null;
  readonly willRetryUntil: number | null;
}

/** A delivery status notification as received. */
export interface ParsedDsn {
  readonly reportingMta: Typed | null;
  readonly envelopeId: string | null;
  /** ms since the epoch. */
  readonly arrival: number | null;
  readonly recipients: readonly ParsedRecipient[];
  /** Where the returned content stands in the notification, and the Message-ID in it, without brackets. */
  readonly returned: {
    readonly form: 'FULL' | 'HDRS';
    readonly start: number;
    readonly end: number;
    readonly messageId: string | null;
  } | null;
}
