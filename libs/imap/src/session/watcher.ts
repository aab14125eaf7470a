/** What of the mailbox selected is told, and how, once NOTIFY was used (RFC 5465). */
export interface SelectedInterest {
  /** Whether what is gone waits for a command that may tell it. */
  readonly delayed: boolean;
  /** Whether changes of flags are told. */
  readonly flags: boolean;
  /** Tells of new messages what the client wants to know; null: nothing but that there are some. */
  readonly tellNew: ((uids: readonly number[]) => Promise<void>) | null;
}

/** What NOTIFY has turned on: the session calls it between commands and in IDLE. */
export interface Watcher {
  /** Null: nothing of the mailbox selected is told. */
  readonly selected: SelectedInterest | null;
  /** Looks at the mailboxes watched and writes what has changed since the last look. */
  look(): Promise<void>;
  /** This client is about to change something about a mailbox (null: the server) itself: it need not be told. */
  caused(name: string | null): void;
}
