import type { DeliveryItem, DeliveryResult, StoreQuota } from './delivery.ts';
import type { Mailbox, SpecialUse } from './mailbox.ts';
import type {
  AppendItem,
  AppendResult,
  CopyResult,
  FetchWant,
  FetchedMessage,
  FlagChange,
  FlagResult,
  MailboxChanges,
  MailboxSnapshot,
  MessageColumns,
  Target,
  WirePage,
  WireWant,
} from './message.ts';
import type {
  SearchProgress,
  SearchResult,
  SortCriterion,
  StoreSearchKey,
  ThreadAlgorithm,
  ThreadNode,
} from './search.ts';
import type { AclEntry, Annotation, AnnotationChange, SharedMailbox } from './sharing.ts';
import type { StoreTransfer } from './transfer.ts';
import type { ExpungedFilter, ExpungedMessage, RetentionRule } from './undelete.ts';

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
  /** State of all messages at once where that is cheap for who wants `wanted` of them, null where it is not: then `fetch` them. */
  columns?(accountId: string, mailboxId: number, wanted: number): Promise<MessageColumns | null>;
  /** Ready forms alone, ascending, unknown UIDs left out, perhaps with neighbours of what was asked for; page by page. */
  wire?(accountId: string, mailboxId: number, uids: readonly number[], want: WireWant): AsyncIterable<WirePage>;
  /** Messages in ascending UID order, unknown UIDs left out; read page by page, so that memory stays bounded. */
  fetch(accountId: string, mailboxId: number, uids: readonly number[], want: FetchWant): AsyncIterable<FetchedMessage>;
  /**
   * Which messages meet `key`. The answer is right whether or not the text index has caught up with the mailbox. INVALID for a key
   * that cannot be met in bounds.
   */
  search(accountId: string, mailboxId: number, key: StoreSearchKey, progress?: SearchProgress): Promise<SearchResult>;
  /** The same in the order of RFC 5256 §3: criteria, then UID. */
  sort(
    accountId: string,
    mailboxId: number,
    key: StoreSearchKey,
    criteria: readonly SortCriterion[],
  ): Promise<SearchResult>;
  /** Threads of the messages that meet `key` (RFC 5256 §4), siblings in sent-date order. */
  thread(
    accountId: string,
    mailboxId: number,
    key: StoreSearchKey,
    algorithm: ThreadAlgorithm,
  ): Promise<readonly ThreadNode[]>;

  /**
   * All or nothing (RFC 3502); each content is read to its end before the next item is asked for, and an error that `items` throws is
   * passed on with nothing appended. NOT_FOUND when the mailbox does not exist, OVER_QUOTA above `quota`. `replaces` is
   * expunged in the same transaction (RFC 8508); NOT_FOUND when it is gone.
   */
  append(
    accountId: string,
    mailbox: string,
    items: AppendItems,
    quota?: StoreQuota,
    replaces?: Replaced,
  ): Promise<AppendResult[]>;
  copy(
    accountId: string,
    mailboxId: number,
    uids: readonly number[],
    target: string | Target,
    quota?: StoreQuota,
  ): Promise<CopyResult>;
  move(
    accountId: string,
    mailboxId: number,
    uids: readonly number[],
    target: string | Target,
    quota?: StoreQuota,
  ): Promise<CopyResult>;
  storeFlags(accountId: string, mailboxId: number, uids: readonly number[], change: FlagChange): Promise<FlagResult>;
  /** Removes messages that carry `\Deleted`, among `uids` or all; resolves to the UIDs removed, ascending. */
  expunge(accountId: string, mailboxId: number, uids?: readonly number[]): Promise<number[]>;
  /** Octets and messages the account holds. */
  usage(accountId: string): Promise<{ readonly bytes: number; readonly messages: number }>;
  /** First UID that is `\\Recent` to the caller, and to nobody after it (RFC 3501 §2.3.2). */
  claimRecent(accountId: string, mailboxId: number): Promise<number>;
  setSpecialUse(accountId: string, name: string, specialUse: SpecialUse | null): Promise<void>;

  /** Explicit entries, by identifier; the owner has all rights without one. */
  acl(accountId: string, mailboxId: number): Promise<AclEntry[]>;
  /** Empty rights remove the entry. INVALID for unknown letters. */
  setAcl(accountId: string, mailboxId: number, identifier: string, rights: string): Promise<void>;
  /** Mailboxes of others with an entry for this account or for `anyone`. */
  sharedWith(accountId: string): Promise<SharedMailbox[]>;
  /** Annotations of a mailbox, or (null) of the account itself; shared ones and those of `viewer`. */
  annotations(accountId: string, mailboxId: number | null, viewer: string): Promise<Annotation[]>;
  /** All or nothing. OVER_QUOTA above `maxEntries` per mailbox and viewer; the size of values is the caller's to limit. */
  annotate(
    accountId: string,
    mailboxId: number | null,
    changes: readonly AnnotationChange[],
    maxEntries: number,
  ): Promise<void>;

  /** What can be brought back, newest first. */
  listExpunged(accountId: string, filter?: ExpungedFilter): Promise<ExpungedMessage[]>;
  /** Puts them back with new UIDs, into the mailbox they were in (made again when it is gone) or into `mailbox`; resolves to how many. */
  restoreExpunged(accountId: string, ids: readonly number[], mailbox?: string): Promise<number>;
  /** Forgets what was expunged before (ms since the epoch), a bounded number per transaction; resolves to how many. */
  purgeExpunged(before: number): Promise<number>;
  /** Forgets UIDs that vanished before; `changesSince` below them says `complete: false`. */
  purgeVanished(before: number): Promise<number>;
  /** Expunges what is older than a rule says, in all accounts; resolves to each account and how many. */
  applyRetention(rules: readonly RetentionRule[], now: number): Promise<ReadonlyMap<string, number>>;
  /** Gives every mailbox a UIDVALIDITY never seen before: after a restore from a backup (RFC 3501 §2.3.1.1). */
  raiseUidValidity(): Promise<void>;

  /** Messages the text index has not taken up yet. It works by itself; `indexed` resolves once it has caught up (tests, doctor). */
  indexBacklog(): Promise<number>;
  indexed(): Promise<void>;
  readonly transfer: StoreTransfer;
  /** Removes content no message refers to any more; resolves to the number of octets given back. */
  collectGarbage(): Promise<number>;

  /** Waits for what is under way, then closes. Everything after it rejects with CLOSED. */
  close(): Promise<void>;
}

/** What APPEND brings: one after the other. */
export type AppendItems = Iterable<AppendItem> | AsyncIterable<AppendItem>;

/** The message REPLACE takes away. */
export interface Replaced {
  readonly mailboxId: number;
  readonly uid: number;
}
