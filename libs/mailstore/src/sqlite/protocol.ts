import type { FlagChange, SearchField, SpecialUse, StoreErrorCode, StoreQuota } from '../types.ts';

/** Octets of one content on their way to the writer. */
export interface ContentRef {
  /** SHA-256, hex; empty when the writer is to compute it from the octets. */
  readonly sha256: string;
  readonly size: number;
  /** Where the octets are in the request's buffer; absent for what lies in a file. */
  readonly offset?: number;
  /** Written, synced and renamed already; with it comes its structure. Absent with no offset: the content is known to the store. */
  readonly file?: string;
  readonly structure?: string;
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
}

export interface CopyRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly uids: readonly number[];
  readonly target: string;
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
  readonly specialUse?: SpecialUse;
}

export interface MailboxRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly modseq?: number;
  readonly uids?: readonly number[];
}

export interface FetchRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly uids: readonly number[];
  readonly structure: boolean;
  readonly content: boolean;
}

/** A message as the reader hands it over; `bytes` (prefix + content) or `prefix` and `file`, when content was asked for. */
export interface FetchRow {
  readonly uid: number;
  readonly bits: number;
  readonly keywords: string | null;
  readonly modseq: number;
  readonly date: number;
  readonly size: number;
  readonly prefixSize: number;
  readonly structure: string | undefined;
  readonly bytes: Uint8Array | undefined;
  readonly prefix: Uint8Array | undefined;
  readonly file: string | undefined;
}

/** `taken`: how many of the UIDs asked for are answered; the rest did not fit into one page. */
export interface FetchPage {
  readonly rows: readonly FetchRow[];
  readonly taken: number;
}

export interface SearchRequest {
  readonly account: string;
  readonly mailbox: number;
  readonly uids: readonly number[];
  readonly field: SearchField;
  readonly text: string;
}

export interface SearchPage {
  readonly found: readonly number[];
  readonly taken: number;
}

/** Raised by the writer when content taken for known was collected meanwhile: send it again with its octets. */
export const CONTENT_MISSING = 'CONTENT_MISSING';

export interface Request {
  readonly id: number;
  readonly op: string;
  readonly args: unknown;
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | {
      readonly id: number;
      readonly code: StoreErrorCode | typeof CONTENT_MISSING | 'NO_ACCOUNT';
      readonly message: string;
    };
