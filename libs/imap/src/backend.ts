import type { MessageStructure } from '@postroad/message';

/**
 * What a session needs of the world. Methods may reject with an error whose `code` is one of {@link BackendErrorCode};
 * any other error is answered `NO [SERVERBUG]` and reported.
 */
export type BackendErrorCode = 'NOT_FOUND' | 'EXISTS' | 'CANNOT' | 'INVALID' | 'OVER_QUOTA' | 'UNAVAILABLE' | 'CLOSED';

export interface ImapBackend {
  /** Null for a wrong name or password. Rejects with UNAVAILABLE when the truth cannot be had. */
  authenticate(username: string, password: string): Promise<ImapAccount | null>;
}

/** A mailbox and its counters; `name` is UTF-8 with `/` between levels. */
export interface MailboxInfo {
  readonly id: number;
  readonly name: string;
  readonly specialUse: string | null;
  readonly subscribed: boolean;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly highestModseq: number;
  readonly messages: number;
  readonly unseen: number;
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
  /** RFC822.SIZE. */
  readonly size: number;
  /** Octets in front of what the structure describes; they belong to the header section. */
  readonly prefixSize: number;
  /** Asked for with `structure`. */
  structure(): MessageStructure;
  /** Asked for with `content`: octets [start, end) of the message. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
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

export type SearchField = 'body' | 'text' | { readonly header: string };

/** One authenticated person's mail. */
export interface ImapAccount {
  listMailboxes(): Promise<readonly MailboxInfo[]>;
  listSubscriptions(): Promise<readonly string[]>;
  mailbox(name: string): Promise<MailboxInfo | null>;
  create(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  subscribe(name: string, on: boolean): Promise<void>;

  snapshot(mailboxId: number): Promise<MailboxSnapshot>;
  changesSince(mailboxId: number, modseq: number): Promise<MailboxChanges>;
  /** Ascending, unknown UIDs left out, read page by page. */
  fetch(
    mailboxId: number,
    uids: readonly number[],
    want: { structure: boolean; content: boolean },
  ): AsyncIterable<MessageData>;
  searchText(mailboxId: number, uids: readonly number[], field: SearchField, text: string): Promise<readonly number[]>;

  /** Takes the octets as they come; `size` are announced. */
  append(
    mailbox: string,
    message: { flags: readonly string[]; internalDate: number; size: number; content: AsyncIterable<Uint8Array> },
  ): Promise<{ uidValidity: number; uid: number }>;
  copy(mailboxId: number, uids: readonly number[], target: string): Promise<CopyOutcome>;
  move(mailboxId: number, uids: readonly number[], target: string): Promise<CopyOutcome>;
  storeFlags(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
  ): Promise<{ messages: readonly FlaggedMessage[]; refused: readonly number[] }>;
  /** Removes messages with `\Deleted`, among `uids` or all. */
  expunge(mailboxId: number, uids?: readonly number[]): Promise<readonly number[]>;

  /** Calls back when something of this account may have changed; hints may be lost and may be false. */
  watch(callback: () => void): () => void;
}
