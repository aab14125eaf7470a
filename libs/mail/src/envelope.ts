import type { ForwardPath, ReversePath } from './address.ts';

/** When a recipient's sender wants to hear of it (RFC 3461 §4.1). `NEVER` stands alone. */
export type Notify = 'NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY';

/** One accepted RCPT. */
export interface EnvelopeRecipient {
  readonly forwardPath: ForwardPath;
  /** NOTIFY as given; absent when the client gave none (RFC 3461 §5.2.1: FAILURE, and DELAY if we like). */
  readonly notify?: readonly Notify[];
  /** ORCPT as decoded from xtext (RFC 3461 §4.2), e.g. `{ type: 'rfc822', address: 'Bob@example.org' }`. */
  readonly originalRecipient?: { readonly type: string; readonly address: string };
}

/** What MAIL and RCPT said (RFC 5321 §2.3.1), apart from the content. */
export interface Envelope {
  readonly reversePath: ReversePath;
  readonly recipients: readonly EnvelopeRecipient[];
  /** BODY= (RFC 6152): absent means 7BIT was claimed or nothing said. */
  readonly body?: '7BIT' | '8BITMIME';
  /** The SMTPUTF8 parameter was given (RFC 6531 §3.4). */
  readonly smtputf8?: boolean;
  /** RET= (RFC 3461 §4.3). */
  readonly ret?: 'FULL' | 'HDRS';
  /** ENVID= decoded from xtext (RFC 3461 §4.4). */
  readonly envelopeId?: string;
  /** REQUIRETLS was given (RFC 8689). */
  readonly requireTls?: boolean;
  /** MT-PRIORITY= (RFC 6710), −9…9. */
  readonly mtPriority?: number;
}
