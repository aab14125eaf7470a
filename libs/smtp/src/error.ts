import type { Reply } from './reply.ts';

/** What a parser gives back: the value, or the reply that refuses it. Parsers of commands never throw. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reply: Reply };

export const accept = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const refuse = (answer: Reply): { readonly ok: false; readonly reply: Reply } => ({ ok: false, reply: answer });

export type ProtocolErrorCode = 'BARE_CR' | 'BARE_LF' | 'NUL' | 'LINE_TOO_LONG' | 'BAD_REPLY' | 'TOO_MANY_LINES';

/** The stream broke the rules so that it cannot be read on: `offset` counts octets from the start of the stream. */
export class SmtpProtocolError extends Error {
  readonly code: ProtocolErrorCode;
  readonly offset: number;
  constructor(code: ProtocolErrorCode, offset: number) {
    super(`SMTP stream: ${code} at octet ${String(offset)}`);
    this.name = 'SmtpProtocolError';
    this.code = code;
    this.offset = offset;
  }
}
