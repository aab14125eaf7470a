/** A message that was expunged, or was in a mailbox that was deleted, and can be brought back for some time. */
export interface ExpungedMessage {
  /** Opaque, unique in the store. */
  readonly id: number;
  /** Name of its mailbox when it was expunged. */
  readonly mailbox: string;
  readonly uid: number;
  readonly flags: readonly string[];
  /** ms since the epoch. */
  readonly expungedAt: number;
  readonly internalDate: number;
  readonly size: number;
  /** Decoded, for people. */
  readonly subject: string;
  readonly from: string;
}

export interface ExpungedFilter {
  readonly mailbox?: string;
  /** ms since the epoch, expunged at or after. */
  readonly since?: number;
  readonly limit?: number;
}

/** Messages older than so long in a mailbox are expunged (they stay restorable). Either a name or a special use. */
export interface RetentionRule {
  readonly mailbox: string;
  /** ms since they came into the mailbox (SAVEDATE). */
  readonly age: number;
}
