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

export type SpecialUse = '\\Drafts' | '\\Sent' | '\\Trash' | '\\Junk' | '\\Archive';

/** A mailbox and its counters at one instant. `name` is UTF-8 with `/` between levels; INBOX is always upper case. */
export interface Mailbox {
  readonly id: number;
  readonly name: string;
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
}

/** Octets of one stored message, prefix included. */
export interface MessageBytes {
  readonly size: number;
  /** `[start, end)` in bounded chunks; clipped to the message. Throws {@link MessageGone} when it was removed meanwhile. */
  read(start?: number, end?: number): AsyncIterable<Uint8Array>;
  /** The whole message when it is held in memory already, else null: then `read` streams it from its file. */
  readonly inline: Uint8Array | null;
}

/** What changes about a message. */
export interface MessageState {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly modseq: number;
}

export interface FetchedMessage extends MessageState {
  /** ms since the epoch. */
  readonly internalDate: number;
  /** Octets served: prefix + content (RFC822.SIZE). */
  readonly size: number;
  /** Octets of the prefix: add it to every offset of the structure, which describes the content alone. */
  readonly prefixSize: number;
  /** JSON of `MessageStructure` (@postroad/message), computed once at delivery; present when asked for. */
  readonly structure?: string;
  /** Present when asked for. */
  readonly bytes?: MessageBytes;
}

/** What of a message to read besides its state. */
export interface FetchWant {
  readonly structure?: boolean;
  readonly content?: boolean;
}

/** All UIDs in ascending order with the counters of the same instant: what a session needs to number messages. */
export interface MailboxSnapshot {
  readonly mailbox: Mailbox;
  readonly uids: Uint32Array;
  /** Sequence number of the first message without `\Seen`; 0 when there is none (RFC 3501 §7.1 UNSEEN). */
  readonly firstUnseen: number;
  /** Keywords in use in this mailbox (RFC 3501 §7.2.6 FLAGS). */
  readonly keywords: readonly string[];
}

/** Everything that happened in a mailbox after a MODSEQ, as of `mailbox`. */
export interface MailboxChanges {
  readonly mailbox: Mailbox;
  /** New and changed messages in ascending UID order. */
  readonly messages: readonly MessageState[];
  /** UIDs expunged since, ascending. */
  readonly vanished: readonly number[];
}

/** One message put in by a client (IMAP APPEND). */
export interface AppendItem {
  readonly flags: readonly string[];
  /** ms since the epoch. */
  readonly internalDate: number;
  /** Octets that will come. */
  readonly size: number;
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface AppendResult {
  readonly mailboxId: number;
  readonly uidValidity: number;
  readonly uid: number;
  readonly modseq: number;
}

/** COPYUID (RFC 4315 §3): `source[i]` became `target[i]`. */
export interface CopyResult {
  readonly mailboxId: number;
  readonly uidValidity: number;
  readonly source: readonly number[];
  readonly target: readonly number[];
}

export interface FlagChange {
  readonly mode: 'replace' | 'add' | 'remove';
  readonly flags: readonly string[];
  /** Messages whose MODSEQ is above it are left alone and reported in `refused` (RFC 7162 §3.1.3). */
  readonly unchangedSince?: number;
}

/** A message after a STORE; `previousModseq` differs from `modseq` exactly where something changed. */
export interface FlaggedMessage extends MessageState {
  readonly previousModseq: number;
}

export interface FlagResult {
  /** State after the change of every message named that exists and was not refused, also where nothing changed. */
  readonly messages: readonly FlaggedMessage[];
  readonly refused: readonly number[];
}

/** Part of a message a substring search looks at (RFC 3501 §6.4.4). */
export type SearchField = 'body' | 'text' | { readonly header: string };

/**
 * The mailbox store (DESIGN §4). Accounts appear at first use, with INBOX, Drafts, Sent, Trash, Junk and Archive.
 * What a promise acknowledged survives power loss. Methods reject with {@link StoreError}; `mailboxId` must belong to `accountId`.
 */
export interface MailStore {
  /** Files a whole batch in one transaction: one fsync. Results in the order of the items. A rejection filed nothing of it. */
  deliver(batch: readonly DeliveryItem[]): Promise<DeliveryResult[]>;
  /** Forgets deliveries made before (ms since the epoch); resolves to how many. */
  purgeDeliveries(before: number): Promise<number>;

  listMailboxes(accountId: string): Promise<Mailbox[]>;
  /** Null when there is none of this name. */
  mailbox(accountId: string, name: string): Promise<Mailbox | null>;
  /** Also makes missing parents. EXISTS when it is there. */
  createMailbox(accountId: string, name: string, specialUse?: SpecialUse): Promise<Mailbox>;
  /** Removes the mailbox and its messages, not its children. CANNOT for INBOX. */
  deleteMailbox(accountId: string, name: string): Promise<void>;
  /** Children move along; INBOX gives its messages to the new mailbox and stays (RFC 3501 §6.3.5). */
  renameMailbox(accountId: string, from: string, to: string): Promise<void>;
  /** A name may be subscribed that does not exist (any more). */
  subscribe(accountId: string, name: string, on: boolean): Promise<void>;
  listSubscriptions(accountId: string): Promise<string[]>;

  snapshot(accountId: string, mailboxId: number): Promise<MailboxSnapshot>;
  changesSince(accountId: string, mailboxId: number, modseq: number): Promise<MailboxChanges>;
  /** Messages in ascending UID order, unknown UIDs left out; read page by page, so that memory stays bounded. */
  fetch(accountId: string, mailboxId: number, uids: readonly number[], want: FetchWant): AsyncIterable<FetchedMessage>;
  /** Which of the messages contain `text`, without regard to case, after decoding of charsets and transfer encodings. */
  searchText(
    accountId: string,
    mailboxId: number,
    uids: readonly number[],
    field: SearchField,
    text: string,
  ): Promise<number[]>;

  /** All or nothing (RFC 3502). NOT_FOUND when the mailbox does not exist, OVER_QUOTA above `quota`. */
  append(accountId: string, mailbox: string, items: readonly AppendItem[], quota?: StoreQuota): Promise<AppendResult[]>;
  copy(
    accountId: string,
    mailboxId: number,
    uids: readonly number[],
    target: string,
    quota?: StoreQuota,
  ): Promise<CopyResult>;
  move(accountId: string, mailboxId: number, uids: readonly number[], target: string): Promise<CopyResult>;
  storeFlags(accountId: string, mailboxId: number, uids: readonly number[], change: FlagChange): Promise<FlagResult>;
  /** Removes messages that carry `\Deleted`, among `uids` or all; resolves to the UIDs removed, ascending. */
  expunge(accountId: string, mailboxId: number, uids?: readonly number[]): Promise<number[]>;
  /** Octets and messages the account holds. */
  usage(accountId: string): Promise<{ readonly bytes: number; readonly messages: number }>;
  /** Removes content no message refers to any more; resolves to the number of octets given back. */
  collectGarbage(): Promise<number>;

  /** Waits for what is under way, then closes. Everything after it rejects with CLOSED. */
  close(): Promise<void>;
}

export type StoreErrorCode =
  'NOT_FOUND' | 'EXISTS' | 'CANNOT' | 'INVALID' | 'OVER_QUOTA' | 'UNAVAILABLE' | 'CLOSED' | 'INTERNAL';

/**
 * UNAVAILABLE (disk full, I/O error, database locked, worker lost) is about the store and may pass: try again later. CLOSED: it
 * was shut down. INTERNAL is a fault of ours that this request meets: others may succeed. The rest is about the request.
 */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** The message was expunged while it was being read. */
export class MessageGone extends StoreError {
  constructor(uid: number) {
    super('NOT_FOUND', `message ${String(uid)} is gone`);
  }
}
