import type { Description } from '../describe.ts';
import type {
  AnnotationChange,
  FlagChange,
  MessageColumns,
  Replaced,
  SortCriterion,
  SpecialUse,
  StoreErrorCode,
  StoreQuota,
  StoreSearchKey,
  ThreadAlgorithm,
  WirePage,
  WireWant,
} from '../types.ts';

/** Octets of one content on their way to the writer. */
export interface ContentRef {
  /** SHA-256, hex; empty when the writer is to compute it from the octets. */
  readonly sha256: string;
  readonly size: number;
  /** Where the octets are in the request's buffer; absent for what lies in a file. */
  readonly offset?: number;
  /** Written, synced and renamed already; with it comes its description. Absent with no offset: the content is known to the store. */
  readonly file?: string;
  readonly description?: Description;
}

export interface DeliverRow {
  readonly account: string;
  readonly queueId: string;
  readonly recipient: string;
  readonly mailbox: string;
  readonly create: boolean;
  readonly bits: number;
  readonly keywords: string | null;
  readonly date: number;
  readonly prefixOffset: number;
  readonly prefixSize: number;
  /** Index into `contents`. */
  readonly content: number;
  readonly quota: StoreQuota | undefined;
}

export interface DeliverRequest {
  readonly rows: readonly DeliverRow[];
  readonly contents: readonly ContentRef[];
  /** Prefixes and inline contents, one behind the other; transferred. */
  readonly buffer: ArrayBuffer;
  readonly now: number;
}

export interface AppendRequest {
  readonly account: string;
  readonly mailbox: string;
  readonly rows: readonly { readonly bits: number; readonly keywords: string | null; readonly date: number }[];
  /** One for each row. */
  readonly contents: readonly ContentRef[];
  readonly buffer: ArrayBuffer;
  readonly quota: StoreQuota | undefined;
  readonly replaces: Replaced | undefined;
}

export interface CopyRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly uids: readonly number[];
  readonly target: { readonly account: string; readonly name: string };
  readonly quota: StoreQuota | undefined;
}

export interface FlagsRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly uids: readonly number[];
  readonly change: FlagChange;
}

export interface NameRequest {
  readonly account: string;
  readonly name: string;
  readonly to?: string;
  readonly on?: boolean;
  readonly specialUse?: SpecialUse | null;
}

export interface MailboxRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly modseq?: number;
  readonly uids?: readonly number[];
}

export interface AclRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly identifier: string;
  readonly rights: string;
}

export interface AnnotateRequest {
  readonly account: string;
  readonly mailbox: number | null;
  readonly changes: readonly AnnotationChange[];
  readonly maxEntries: number;
}

export interface RestoreRequest {
  readonly account: string;
  readonly ids: readonly number[];
  readonly mailbox: string | undefined;
}

/** Messages of a mailbox that came into it before (ms since the epoch). */
export interface OlderRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly before: number;
}

/** One message of another store. */
export interface LoadRow {
  readonly uid: number;
  readonly bits: number;
  readonly keywords: string | null;
  readonly modseq: number;
  readonly date: number;
  readonly savedAt: number;
  readonly emailId: string;
  readonly threadId: string;
  readonly prefixOffset: number;
  readonly prefixSize: number;
  /** Index into `contents`. */
  readonly content: number;
}

export interface LoadRequest {
  readonly account: string;
  readonly mailbox: string;
  readonly rows: readonly LoadRow[];
  readonly contents: readonly ContentRef[];
  readonly buffer: ArrayBuffer;
}

export interface FetchRequest {
  readonly account: string;
  readonly mailbox: number;
  /** Ascending. */
  readonly uids: Uint32Array;
  readonly envelope: boolean;
  readonly bodyStructure: boolean;
  readonly preview: boolean;
  readonly structure: boolean;
  readonly content: boolean;
}

export interface WireRequest extends WireWant {
  readonly account: string;
  readonly mailbox: number;
  /** Ascending. */
  readonly uids: Uint32Array;
}

export interface WireAnswer extends WirePage {
  /** How many of the UIDs asked for are answered. */
  readonly taken: number;
  /** Contents whose forms were of an older version and should be written again. */
  readonly stale: readonly number[];
}

/** Numbers of a message in `FetchPage.numbers`: UID, flag bits, MODSEQ, internal date, saved at, size, octets of the prefix. */
export const NUMBERS = 7;
/** Texts of a message in `FetchPage.texts`: keywords, EMAILID, THREADID, preview, structure. */
export const TEXTS = 5;

/** Messages as the reader hands them over, packed: few large objects cross threads faster than many small ones. */
export interface FetchPage {
  /** How many of the UIDs asked for are answered; the rest did not fit into one page. */
  readonly taken: number;
  readonly count: number;
  readonly numbers: Float64Array;
  readonly texts: readonly (string | null)[];
  /** Wire forms, one behind the other, and where they end: of each message ENVELOPE, then BODYSTRUCTURE. */
  readonly wire: Uint8Array;
  readonly ends: Uint32Array;
  /** Prefixes and contents of the messages, one behind the other, when content was asked for. */
  readonly bytes: Uint8Array;
  readonly octets: readonly Octets[];
  /** Contents whose wire forms were of an older version and should be written again. */
  readonly stale: readonly number[];
}

/** Octets of one message in `FetchPage.bytes`: all of it, or (with the name of the content's file) its prefix alone. */
export interface Octets {
  readonly start: number;
  readonly end: number;
  readonly file: string | null;
}

export interface ColumnsRequest {
  readonly account: string;
  readonly mailbox: number;
  /** 0: everything. */
  readonly since: number;
}

/** State of messages in ascending UID order, and what vanished. */
export interface ColumnsPage extends MessageColumns {
  /** Whether these are all messages, and not only what changed. */
  readonly whole: boolean;
  readonly modseq: number;
  readonly vanished: Uint32Array;
}

export interface SearchRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly key: StoreSearchKey;
}

export interface SortRequest extends SearchRequest {
  readonly criteria: readonly SortCriterion[];
}

export interface ThreadRequest extends SearchRequest {
  readonly algorithm: ThreadAlgorithm;
}

/** Raised by the writer when content taken for known was collected meanwhile: send it again with its octets. */
export const CONTENT_MISSING = 'CONTENT_MISSING';

export interface Request {
  readonly id: number;
  readonly op: string;
  readonly args: unknown;
}

/** How far a request has come, while it is worked on. */
export interface Progress {
  readonly id: number;
  readonly done: number;
  readonly of: number;
}

export type Reply =
  | Progress
  | { readonly id: number; readonly value: unknown }
  | {
      readonly id: number;
      readonly code: StoreErrorCode | typeof CONTENT_MISSING | 'NO_ACCOUNT';
      readonly message: string;
    };
