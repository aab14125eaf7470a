import type { Reader } from '../read/reader.ts';
import type { MailboxColumns } from './columns.ts';
import type { TextIndex } from './text-index.ts';

/** How far a long search has come; yielded so that others get their turn. */
export interface Step {
  readonly done: number;
  readonly of: number;
}

export interface SearchContext {
  readonly reader: Reader;
  readonly index: TextIndex;
  readonly account: number;
  readonly columns: MailboxColumns;
}

/** One octet for each message: 1 where it is in. */
export type Mask = Uint8Array;
