import type { Spooled } from './spool.ts';

/** A content ready to be referred to: described, and put where it belongs when it is large. */
export interface Prepared {
  /** 64 hex digits. */
  readonly sha256: string;
  readonly size: number;
  /** Null when the store was said to have it. */
  readonly spooled: Spooled | null;
  /** Where it was put; null for one that lives in its row. */
  readonly object: string | null;
}
