/** Part of a message a substring search looks at (RFC 3501 §6.4.4): `text` is header and body. */
export type SearchField = 'body' | 'text' | { readonly header: string };

/** UIDs first to last, both included, first ≤ last. */
export interface UidRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What is searched for, with all that only a session knows (sequence numbers, `$`, `\Recent`) already turned into UIDs.
 * Depth and number of keys are limited by who made it.
 */
export type StoreSearchKey =
  | { readonly op: 'all' }
  | { readonly op: 'and'; readonly keys: readonly StoreSearchKey[] }
  | { readonly op: 'or'; readonly keys: readonly StoreSearchKey[] }
  | { readonly op: 'not'; readonly key: StoreSearchKey }
  /** Ascending, not overlapping. */
  | { readonly op: 'uids'; readonly ranges: readonly UidRange[] }
  /** System flag with its backslash, or a keyword in any case. */
  | { readonly op: 'flag'; readonly flag: string; readonly on: boolean }
  /** `from` ≤ time < `to`, ms since the epoch, either absent when open. `sent` is the Date field's day without regard to its zone (RFC 3501 §6.4.4). */
  | { readonly op: 'time'; readonly of: 'internal' | 'sent' | 'saved'; readonly from?: number; readonly to?: number }
  /** Octets, not included. */
  | { readonly op: 'size'; readonly is: 'larger' | 'smaller'; readonly size: number }
  /** At least. */
  | { readonly op: 'modseq'; readonly modseq: number }
  /** Substring of the decoded text, without regard to case (i;unicode-casemap); an empty header text asks for the field's presence. */
  | { readonly op: 'text'; readonly field: SearchField; readonly text: string }
  | { readonly op: 'id'; readonly of: 'email' | 'thread'; readonly id: string };

/** What a search found, ascending by UID. */
export interface SearchResult {
  readonly uids: Uint32Array;
  /** Highest MODSEQ among them, 0 when there is none. */
  readonly modseq: number;
}

/** RFC 5256 §3, RFC 5957: keys of SORT. */
export interface SortCriterion {
  readonly by: 'arrival' | 'cc' | 'date' | 'from' | 'size' | 'subject' | 'to' | 'displayfrom' | 'displayto';
  readonly reverse: boolean;
}

/** A message and those below it in a thread; `uid` null for a parent that is missing or not selected (RFC 5256 §4). */
export interface ThreadNode {
  readonly uid: number | null;
  readonly children: readonly ThreadNode[];
}

export type ThreadAlgorithm = 'references' | 'orderedsubject';

/** How far a long search has come: called at most once a second (RFC 9585). */
export type SearchProgress = (done: number, of: number) => void;
