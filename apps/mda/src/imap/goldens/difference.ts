/** One answer that is not the same. */
export interface Difference {
  /** The message's file, or the question about the mailbox. */
  readonly of: string;
  /** The FETCH item; empty for a question. */
  readonly item: string;
  readonly ours: string;
  readonly theirs: string;
}
