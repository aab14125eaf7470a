/** Limits of one account; absent means unlimited. Octets count prefix + content of every message row. */
export interface StoreQuota {
  readonly bytes?: number;
  readonly messages?: number;
}

/** Where the octets of a message come from. Exactly the content: the prefix is given beside it. */
export interface ContentSource {
  /** Octets of the content. */
  readonly size: number;
  /** SHA-256 of the content, 64 hex digits; the key of the single-instance store. Whoever read it has verified it. */
  readonly sha256: string;
  /** The whole content when it is small; it is copied before `deliver` returns to the event loop. */
  readonly inline: Uint8Array | null;
  /** The content in order; called only when `inline` is null, at most once per attempt. */
  stream(): AsyncIterable<Uint8Array>;
}

/** One message for one final recipient (DESIGN §3.4). */
export interface DeliveryItem {
  readonly accountId: string;
  readonly queueId: string;
  /** Canonical address; with account and queue id the key that makes a second delivery a duplicate. */
  readonly finalRecipient: string;
  /** Default INBOX. A mailbox that does not exist is made when `create` is set, otherwise INBOX takes the message. */
  readonly mailbox?: string;
  readonly create?: boolean;
  /** System flags with their backslash (`\Seen`) and keywords; no `\Recent`. */
  readonly flags?: readonly string[];
  /** ms since the epoch. */
  readonly internalDate: number;
  /** Trace fields served in front of the content, each ended by CRLF. */
  readonly prefix: Uint8Array;
  readonly content: ContentSource;
  readonly quota?: StoreQuota;
}

export type DeliveryResult =
  | { readonly status: 'filed'; readonly mailboxId: number; readonly uid: number; readonly modseq: number }
  /** Already delivered under this (account, queue id, final recipient): ack it. */
  | { readonly status: 'duplicate' }
  /** Nothing was written for this item; the rest of the batch was. */
  | { readonly status: 'deferred'; readonly cause: 'over-quota' };
