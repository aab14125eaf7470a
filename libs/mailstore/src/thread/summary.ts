/** What threading needs to know of a message (RFC 5256 §3, §4). */
export interface Threadable {
  readonly uid: number;
  /** The Date field in UTC, ms since the epoch; null when there is none that can be read. */
  readonly sent: number | null;
  /** ms since the epoch. */
  readonly internalDate: number;
  readonly baseSubject: string;
  /** Whether extracting the base subject took off a mark of a reply or forward. */
  readonly isReply: boolean;
  readonly messageId: string | null;
  /** Ids of References, or else the first id of In-Reply-To, oldest first. */
  readonly references: readonly string[];
}

/** What sorting needs to know besides. */
export interface Sortable extends Omit<Threadable, 'isReply' | 'messageId' | 'references'> {
  readonly size: number;
  /** addr-mailbox of the first address (RFC 9051 §7.5.2), empty when there is none. */
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  /** Display name of the first address, or else `mailbox@host` (RFC 5957 §3), decoded. */
  readonly displayFrom: string;
  readonly displayTo: string;
}

/** Sent date, or the internal date where it is missing (RFC 5256 §2.2). */
export function sentDate(message: Pick<Threadable, 'sent' | 'internalDate'>): number {
  return message.sent ?? message.internalDate;
}

/** The order of siblings: sent date, then UID, which is the order of sequence numbers (RFC 5256 §2.2). */
export function bySentDate(a: Threadable, b: Threadable): number {
  return sentDate(a) - sentDate(b) || a.uid - b.uid;
}
