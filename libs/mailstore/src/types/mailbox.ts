export type SpecialUse = '\\Drafts' | '\\Sent' | '\\Trash' | '\\Junk' | '\\Archive';

/** A mailbox and its counters at one instant. `name` is UTF-8 with `/` between levels; INBOX is always upper case. */
export interface Mailbox {
  /** Never used again, also after the mailbox is gone; unique in the store. */
  readonly id: number;
  readonly name: string;
  /** MAILBOXID (RFC 8474 §4): stays through renames, also through a copy to another store. */
  readonly objectId: string;
  readonly specialUse: SpecialUse | null;
  readonly subscribed: boolean;
  readonly uidValidity: number;
  readonly uidNext: number;
  /** Highest MODSEQ given out in this mailbox, at least 1 (RFC 7162 §3.1.2). */
  readonly highestModseq: number;
  readonly messages: number;
  readonly unseen: number;
  /** Octets of all messages (RFC 8438). */
  readonly bytes: number;
  /** Messages with `\Deleted` and their octets (RFC 9051 §6.3.11, RFC 9208 §4.1.4). */
  readonly deleted: number;
  readonly deletedBytes: number;
  /** Messages from this UID on are `\Recent` to the session that claims them next (RFC 3501 §2.3.2). */
  readonly recentFrom: number;
}
