import type { MessageStructure } from '@postroad/message';

/**
 * What a session needs of the world. Methods may reject with an error whose `code` is one of {@link BackendErrorCode};
 * any other error is answered `NO [SERVERBUG]` and reported. Rights (RFC 4314) are the backend's to enforce: it rejects with
 * NO_PERMISSION; where the caller may not even know of a mailbox (no `l`), with NOT_FOUND.
 */
export type BackendErrorCode =
  'NOT_FOUND' | 'EXISTS' | 'CANNOT' | 'INVALID' | 'OVER_QUOTA' | 'NO_PERMISSION' | 'LIMIT' | 'UNAVAILABLE' | 'CLOSED';

/** Keys of SCRAM-SHA-256 (RFC 5802 §3, RFC 7677). */
export interface ScramKeys {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export interface ImapBackend {
  /** Null for a wrong name or password. Rejects with UNAVAILABLE when the truth cannot be had. */
  authenticate(username: string, password: string): Promise<ImapAccount | null>;
  /** The same with a second name to act for (RFC 4616 authzid): for administrators who may. */
  authenticateFor?(username: string, password: string, actFor: string): Promise<ImapAccount | null>;
  /**
   * Keys of a user; for a name that does not exist keys that look real and always the same, so that nobody learns which names do.
   * Absent: SCRAM is not offered.
   */
  scramKeys?(username: string): Promise<ScramKeys>;
  /** The account once SCRAM has proved the password; null when it is suspended or gone. */
  scramAccount?(username: string): Promise<ImapAccount | null>;
  /** OAUTHBEARER and XOAUTH2: null for a token that is not valid (for this user). Absent: not offered. */
  bearer?(username: string, token: string): Promise<ImapAccount | null>;
  /** What a refused client is told (RFC 7628 §3.2.2): JSON. */
  readonly bearerConfiguration?: { readonly scope?: string; readonly openidConfiguration?: string };
}

/** A mailbox and its counters; `name` is UTF-8 with `/` between levels, shared ones included under their namespace. */
export interface MailboxInfo {
  readonly id: number;
  readonly name: string;
  /** MAILBOXID (RFC 8474). */
  readonly objectId: string;
  readonly specialUse: string | null;
  readonly subscribed: boolean;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly highestModseq: number;
  readonly messages: number;
  readonly unseen: number;
  /** Octets of all messages. */
  readonly bytes: number;
  /** Messages with `\Deleted` and their octets. */
  readonly deleted: number;
  readonly deletedBytes: number;
  /** Messages from this UID on are `\Recent` to the session that claims them next. */
  readonly recentFrom: number;
  /** What this account may do with it, letters of `lrswipkxtea` (RFC 4314 §2.1). */
  readonly rights: string;
  /** Whether it belongs to somebody else. */
  readonly shared: boolean;
}

export interface MessageState {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly modseq: number;
}

/** `previousModseq` differs from `modseq` exactly where something changed. */
export interface FlaggedMessage extends MessageState {
  readonly previousModseq: number;
}

export interface MessageData extends MessageState {
  /** ms since the epoch. */
  readonly internalDate: number;
  /** ms since the epoch (RFC 8514). */
  readonly savedAt: number;
  /** RFC 8474. */
  readonly emailId: string;
  readonly threadId: string;
  /** RFC822.SIZE. */
  readonly size: number;
  /** Octets in front of what the structure describes; they belong to the header section. */
  readonly prefixSize: number;
  /** Asked for by name: written once at delivery by `@postroad/imap/wire`, ready to send. */
  readonly envelope?: Uint8Array;
  readonly bodyStructure?: Uint8Array;
  /** At most 200 characters (RFC 8970). */
  readonly preview?: string;
  /** Asked for with `structure`. */
  structure(): MessageStructure;
  /** Asked for with `content`: the whole message where it is in memory already, so that nobody waits for it piece by piece. */
  readonly inline?: Uint8Array | null;
  /** Asked for with `content`: octets [start, end) of the message. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** What of a message to read besides its state. */
export interface FetchWant {
  readonly envelope?: boolean;
  readonly bodyStructure?: boolean;
  readonly preview?: boolean;
  readonly structure?: boolean;
  readonly content?: boolean;
}

/**
 * State of all messages of a mailbox, one number of each column for each message, by UID ascending. It is shared and never changes.
 */
export interface MessageColumns {
  readonly uids: Uint32Array;
  /** 1 `\\Seen`, 2 `\\Answered`, 4 `\\Flagged`, 8 `\\Deleted`, 16 `\\Draft`. */
  readonly bits: Uint8Array;
  /** Place in `keywords`, from 1; 0 for none. */
  readonly lists: Uint32Array;
  /** Keywords of a message, separated by spaces. */
  readonly keywords: readonly string[];
  readonly modseqs: Float64Array;
  /** INTERNALDATE, ms since the epoch. */
  readonly dates: Float64Array;
  /** RFC822.SIZE. */
  readonly sizes: Float64Array;
}

export interface WireWant {
  readonly envelope: boolean;
  readonly bodyStructure: boolean;
}

/** Octets as they go to clients, of some messages, one behind the other. */
export interface WirePage {
  readonly uids: Uint32Array;
  /** Where of each message first ENVELOPE, then BODYSTRUCTURE ends in `octets`; both are empty where they are not wanted. */
  readonly ends: Uint32Array;
  readonly octets: Uint8Array;
}

export interface MailboxSnapshot {
  readonly mailbox: MailboxInfo;
  /** All UIDs, ascending. */
  readonly uids: Uint32Array;
  /** Sequence number, 0 when all are seen. */
  readonly firstUnseen: number;
  readonly keywords: readonly string[];
}

export interface MailboxChanges {
  readonly mailbox: MailboxInfo;
  readonly messages: readonly MessageState[];
  readonly vanished: readonly number[];
  /** False when more may have vanished than the store remembers (RFC 7162 §3.2.5.2). */
  readonly complete: boolean;
}

export interface CopyOutcome {
  readonly uidValidity: number;
  readonly source: readonly number[];
  readonly target: readonly number[];
}

export interface FlagChange {
  readonly mode: 'replace' | 'add' | 'remove';
  readonly flags: readonly string[];
  readonly unchangedSince?: number;
}

/** `text` is header and body. */
export type SearchField = 'body' | 'text' | { readonly header: string };

export interface UidRange {
  readonly first: number;
  readonly last: number;
}

/** What is searched for; sequence numbers, `$` and `\Recent` are UIDs already. */
export type BackendSearchKey =
  | { readonly op: 'all' }
  | { readonly op: 'and'; readonly keys: readonly BackendSearchKey[] }
  | { readonly op: 'or'; readonly keys: readonly BackendSearchKey[] }
  | { readonly op: 'not'; readonly key: BackendSearchKey }
  | { readonly op: 'uids'; readonly ranges: readonly UidRange[] }
  | { readonly op: 'flag'; readonly flag: string; readonly on: boolean }
  /** `from` ≤ time < `to`, ms since the epoch; `sent` is the Date field's day without regard to its zone. */
  | { readonly op: 'time'; readonly of: 'internal' | 'sent' | 'saved'; readonly from?: number; readonly to?: number }
  | { readonly op: 'size'; readonly is: 'larger' | 'smaller'; readonly size: number }
  | { readonly op: 'modseq'; readonly modseq: number }
  | { readonly op: 'text'; readonly field: SearchField; readonly text: string }
  | { readonly op: 'id'; readonly of: 'email' | 'thread'; readonly id: string };

export interface SearchResult {
  readonly uids: Uint32Array;
  /** Highest MODSEQ among them, 0 when there is none. */
  readonly modseq: number;
}

export interface SortCriterion {
  readonly by: 'arrival' | 'cc' | 'date' | 'from' | 'size' | 'subject' | 'to' | 'displayfrom' | 'displayto';
  readonly reverse: boolean;
}

export interface ThreadNode {
  /** Null for a parent that is missing. */
  readonly uid: number | null;
  readonly children: readonly ThreadNode[];
}

/** One message a client puts in; `size` null when only the end tells (CATENATE). */
export interface IncomingMessage {
  readonly flags: readonly string[];
  readonly internalDate: number;
  readonly size: number | null;
  readonly content: AsyncIterable<Uint8Array>;
}

/** One line of an ACL; `identifier` is an address, `anyone`, or either behind a `-`. */
export interface AclLine {
  readonly identifier: string;
  readonly rights: string;
}

export interface QuotaState {
  /** Name of the quota root. */
  readonly root: string;
  /** Octets and messages; `limit` null when there is none. */
  readonly storage: { readonly usage: number; readonly limit: number | null };
  readonly messages: { readonly usage: number; readonly limit: number | null };
}

/** An annotation as clients name it: `/private/comment` or `/shared/comment`, lower case (RFC 5464). */
export interface AnnotationValue {
  readonly entry: string;
  /** Null removes it. */
  readonly value: Uint8Array | null;
}

/** Prefixes of the namespaces (RFC 2342), each ending in `/` or empty; the separator is always `/`. */
export interface Namespaces {
  readonly personal: readonly string[];
  readonly others: readonly string[];
  readonly shared: readonly string[];
}

/** One authenticated person's mail. */
export interface ImapAccount {
  /** The primary address: this account's identifier in access control lists. */
  readonly address: string;
  readonly namespaces: Namespaces;
  /** Own mailboxes, and those of others that may be looked up. */
  listMailboxes(): Promise<readonly MailboxInfo[]>;
  listSubscriptions(): Promise<readonly string[]>;
  mailbox(name: string): Promise<MailboxInfo | null>;
  create(name: string, specialUse?: string): Promise<MailboxInfo>;
  remove(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  subscribe(name: string, on: boolean): Promise<void>;

  snapshot(mailboxId: number): Promise<MailboxSnapshot>;
  /** First UID that is `\Recent` to the caller, and to nobody after it. */
  claimRecent(mailboxId: number): Promise<number>;
  changesSince(mailboxId: number, modseq: number): Promise<MailboxChanges>;
  /** State of all messages as it is now, where that is cheap for who wants `wanted` of them; null where it is not: then `fetch`. */
  columns?(mailboxId: number, wanted: number): Promise<MessageColumns | null>;
  /** Ready ENVELOPE and BODYSTRUCTURE, page by page, ascending, unknown UIDs left out; perhaps more than was asked for. */
  wire?(mailboxId: number, uids: readonly number[], want: WireWant): AsyncIterable<WirePage>;
  /** Ascending, unknown UIDs left out, read page by page. */
  fetch(mailboxId: number, uids: readonly number[], want: FetchWant): AsyncIterable<MessageData>;
  /** May find messages that came after the session's last look: the session leaves out what its client does not know. */
  search(
    mailboxId: number,
    key: BackendSearchKey,
    progress?: (done: number, of: number) => void,
  ): Promise<SearchResult>;
  sort(mailboxId: number, key: BackendSearchKey, criteria: readonly SortCriterion[]): Promise<SearchResult>;
  thread(
    mailboxId: number,
    key: BackendSearchKey,
    algorithm: 'references' | 'orderedsubject',
  ): Promise<readonly ThreadNode[]>;

  /** All or nothing; each content is read to its end before the next message is asked for. `replaces` is expunged with it (RFC 8508). */
  append(
    mailbox: string,
    messages: AsyncIterable<IncomingMessage>,
    replaces?: { readonly mailboxId: number; readonly uid: number },
  ): Promise<{ readonly uidValidity: number; readonly uids: readonly number[] }>;
  copy(mailboxId: number, uids: readonly number[], target: string): Promise<CopyOutcome>;
  move(mailboxId: number, uids: readonly number[], target: string): Promise<CopyOutcome>;
  storeFlags(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
  ): Promise<{ messages: readonly FlaggedMessage[]; refused: readonly number[] }>;
  /** Removes messages with `\Deleted`, among `uids` or all. */
  expunge(mailboxId: number, uids?: readonly number[]): Promise<readonly number[]>;

  acl(mailbox: string): Promise<readonly AclLine[]>;
  /** Empty rights remove the line. */
  setAcl(mailbox: string, identifier: string, rights: string): Promise<void>;
  /** Quota roots of a mailbox (RFC 9208 §4.1.3); null for a root that does not exist. */
  quotaOf(mailbox: string): Promise<readonly QuotaState[]>;
  quota(root: string): Promise<QuotaState | null>;
  /** All of a mailbox, or of the server (null): private ones of this account and shared ones. */
  annotations(mailbox: string | null): Promise<readonly AnnotationValue[]>;
  annotate(mailbox: string | null, changes: readonly AnnotationValue[]): Promise<void>;

  /**
   * Calls back when something may have changed: in mailboxes of this account, and (from then on) in those of others it has selected.
   * Hints may be lost and may be false. `revoked`, with why in words: who signed in would not be let in any more.
   */
  watch(callback: () => void, revoked: (why: string) => void): () => void;
}
