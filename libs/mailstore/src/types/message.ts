import type { Mailbox } from './mailbox.ts';

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
  /** ms since the epoch when the message came into this mailbox (RFC 8514). */
  readonly savedAt: number;
  /** EMAILID (RFC 8474 §5.1): the same for every copy of a message, and in every store it is copied to. */
  readonly emailId: string;
  /** THREADID (RFC 8474 §5.2): the same for messages of an account whose Message-ID, In-Reply-To or References meet. Never changes. */
  readonly threadId: string;
  /** ENVELOPE and BODYSTRUCTURE as IMAP sends them, written once at delivery; present when asked for. */
  readonly envelope?: Uint8Array;
  readonly bodyStructure?: Uint8Array;
  /** At most 200 characters of the text (RFC 8970), empty when there is none; present when asked for. */
  readonly preview?: string;
  /** JSON of `MessageStructure` (@postroad/message), computed once at delivery; present when asked for. */
  readonly structure?: string;
  /** Present when asked for. */
  readonly bytes?: MessageBytes;
}

/** What of a message to read besides its state. */
export interface FetchWant {
  readonly envelope?: boolean;
  readonly bodyStructure?: boolean;
  readonly preview?: boolean;
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

export interface WireWant {
  readonly envelope: boolean;
  readonly bodyStructure: boolean;
}

/** Forms of messages as IMAP clients get them, one behind the other (`@postroad/imap/wire`). */
export interface WirePage {
  readonly uids: Uint32Array;
  /** Where of each message first ENVELOPE, then BODYSTRUCTURE ends in `octets`; both are empty where they are not wanted. */
  readonly ends: Uint32Array;
  readonly octets: Uint8Array;
}

/**
 * State of all messages of a mailbox, one number of each column for each message, by UID ascending. Shared and as of one instant: do
 * not change it.
 */
export interface MessageColumns {
  readonly uids: Uint32Array;
  /** System flags: 1 `\\Seen`, 2 `\\Answered`, 4 `\\Flagged`, 8 `\\Deleted`, 16 `\\Draft`. */
  readonly bits: Uint8Array;
  /** Place in `keywords`, from 1; 0 for none. */
  readonly lists: Uint32Array;
  /** Keywords of a message, separated by spaces. */
  readonly keywords: readonly string[];
  readonly modseqs: Float64Array;
  /** ms since the epoch. */
  readonly dates: Float64Array;
  /** Octets served. */
  readonly sizes: Float64Array;
}

/** Everything that happened in a mailbox after a MODSEQ, as of `mailbox`. */
export interface MailboxChanges {
  readonly mailbox: Mailbox;
  /** New and changed messages in ascending UID order. */
  readonly messages: readonly MessageState[];
  /** UIDs expunged since, ascending. */
  readonly vanished: readonly number[];
  /** False when `modseq` is older than what the store remembers of expunged messages: more may have vanished (RFC 7162 §3.2.5.2). */
  readonly complete: boolean;
}

/** One message put in by a client (IMAP APPEND). */
export interface AppendItem {
  readonly flags: readonly string[];
  /** ms since the epoch. */
  readonly internalDate: number;
  /** Octets that will come; null when only their end tells (CATENATE). More than announced is INVALID, less as well. */
  readonly size: number | null;
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface AppendResult {
  readonly mailboxId: number;
  readonly uidValidity: number;
  readonly uid: number;
  readonly modseq: number;
}

/** A mailbox of another account as the target of COPY (RFC 4314): the account that owns it pays for it. */
export interface Target {
  readonly accountId: string;
  readonly name: string;
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
