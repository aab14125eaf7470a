/** Bounds of one session. Octets unless said otherwise. */
export interface ImapLimits {
  /** One command line before authentication, literals apart. */
  readonly lineBeforeAuth: number;
  /** One command line afterwards (RFC 7162 §4 asks for 8192 at least; clients send long UID sets). */
  readonly line: number;
  /** One literal that is held in memory, before and after authentication. */
  readonly literalBeforeAuth: number;
  readonly literal: number;
  /** Lines and held literals of one command together. */
  readonly command: number;
  /** The largest message APPEND takes (RFC 7889); it is streamed, not held. */
  readonly append: number;
  /** Messages in one APPEND (RFC 3502). */
  readonly appendMessages: number;
  /** Octets of a refused non-synchronising literal that are read and dropped; beyond it the connection ends. */
  readonly skip: number;
  /** One annotation (RFC 5464 §4.3). */
  readonly annotation: number;
  /** Nesting of lists and search keys. */
  readonly depth: number;
  /** Search keys in one SEARCH. */
  readonly searchKeys: number;
  /** Ranges in one sequence set. */
  readonly ranges: number;
  /** Messages one command works on (RFC 9738). */
  readonly messages: number;
  /** Mailboxes one NOTIFY looks at, and whose annotations it looks at (RFC 5465). */
  readonly notifyMailboxes: number;
  readonly notifyMetadata: number;
  /** Commands with errors before the connection ends. */
  readonly errors: number;
  /** ms without authentication; ms without a command (RFC 3501 §5.4: 30 minutes at least); ms between looks while idle. */
  readonly authTimeout: number;
  readonly idleTimeout: number;
  readonly pollInterval: number;
  /** ms of work before the client is told that it goes on, and between two such lines (RFC 9585). */
  readonly progressInterval: number;
  /** ms before a failed authentication is answered. */
  readonly authFailureDelay: number;
}

export const DEFAULT_LIMITS: ImapLimits = {
  lineBeforeAuth: 8 << 10,
  line: 128 << 10,
  literalBeforeAuth: 4 << 10,
  literal: 64 << 10,
  command: 256 << 10,
  append: 50 << 20,
  appendMessages: 10_000,
  skip: 1 << 20,
  annotation: 32 << 10,
  depth: 32,
  searchKeys: 1000,
  ranges: 20_000,
  messages: 1_000_000,
  notifyMailboxes: 5000,
  notifyMetadata: 100,
  errors: 20,
  authTimeout: 60_000,
  idleTimeout: 30 * 60_000,
  pollInterval: 30_000,
  progressInterval: 10_000,
  authFailureDelay: 2000,
};
