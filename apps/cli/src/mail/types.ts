/** One message on its way from or to somewhere else. */
export interface MailMessage {
  /** What finds it again in its folder; ascending in the order of `messages`. */
  readonly key: string;
  /** As IMAP has it: lines end with CRLF. */
  readonly octets: Buffer;
  readonly flags: readonly string[];
  /** ms since the epoch. */
  readonly date: number;
}

export interface MailFolder {
  /** UTF-8 with `/` between levels; INBOX in upper case. */
  readonly name: string;
  readonly count: number;
  /** Changes when the keys of before mean nothing any more (UIDVALIDITY). */
  readonly generation: string;
}

/** Where mail is read from. */
export interface MailSource {
  folders(): Promise<MailFolder[]>;
  /** Messages after a key (all when null), in the order of their keys. */
  messages(folder: MailFolder, after: string | null): AsyncIterable<MailMessage>;
  close(): Promise<void>;
}

/** Size and date of a message that is there, to recognise it by. */
export interface Arrived {
  readonly size: number;
  /** Whole seconds since the epoch. */
  readonly second: number;
}

/** Where mail is written to. */
export interface MailTarget {
  /** Makes the folder when it is missing. */
  open(folder: string): Promise<void>;
  /** Where the open folder ends now. */
  mark(): Promise<string>;
  /** What came into the open folder after a mark: what a run before this one may have written. */
  since(mark: string): Promise<Arrived[]>;
  /** Writes into the open folder; resolves to the mark after it. */
  append(message: MailMessage): Promise<string>;
  close(): Promise<void>;
}
