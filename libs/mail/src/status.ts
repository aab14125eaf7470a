/** An enhanced mail system status code (RFC 3463): `class.subject.detail`. */
export type EnhancedStatus = `${2 | 4 | 5}.${number}.${number}`;

/** What became of one recipient (RFC 3464 §2.3.3). */
export type Outcome = 'delivered' | 'relayed' | 'expanded' | 'delayed' | 'failed';

/** The fate of one recipient with its reason, as it goes into events, queue records and DSNs. */
export interface RecipientStatus {
  readonly outcome: Outcome;
  readonly status: EnhancedStatus;
  /** One line a person can read; from the remote server where there is one, cut to 512 characters. */
  readonly diagnostic: string;
  /** `dns; mx.example.org` (RFC 3464 §2.3.5), when a remote server said it. */
  readonly remoteMta?: string;
}
