/** A command that breaks the grammar: answered BAD. `offset` is the octet of the command (literals counted) where it was found. */
export class ParseError extends Error {
  readonly code = 'IMAP_PARSE';
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** A command that is well formed but cannot be done: answered NO, or BAD when the state is at fault. */
export class Refusal extends Error {
  readonly status: 'NO' | 'BAD';
  /** Response code without brackets (RFC 5530), e.g. `NONEXISTENT`. */
  readonly responseCode: string | undefined;
  constructor(status: 'NO' | 'BAD', responseCode: string | undefined, text: string) {
    super(text);
    this.status = status;
    this.responseCode = responseCode;
  }
}

/** The connection is over: after BYE, or because the client is gone. */
export class SessionEnd extends Error {
  /** Text of the BYE to send; null when there is nobody to read it. */
  readonly bye: string | null;
  constructor(bye: string | null) {
    super(bye ?? 'the client is gone');
    this.bye = bye;
  }
}
