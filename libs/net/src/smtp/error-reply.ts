import { reply, type Reply } from '@postroad/smtp';
import { ContentRefused } from './content-queue.ts';

const LOCAL_ERROR = reply(451, '4.3.0', 'Local error in processing, try again later');

/** Errors of the ports by their `code`, so that this library needs none of them. */
const BY_CODE: Readonly<Record<string, Reply>> = {
  SPOOL_UNAVAILABLE: reply(451, '4.3.0', 'The message cannot be stored now, try again later'),
  SPOOL_FULL: reply(452, '4.3.1', 'Insufficient storage, try again later'),
  DIRECTORY_UNAVAILABLE: reply(451, '4.3.0', 'Addresses cannot be looked up now, try again later'),
  HEADER_TOO_LONG: reply(554, '5.6.0', 'The header section is too long'),
  HEADER_LINE_TOO_LONG: reply(554, '5.6.0', 'A header line is too long'),
  HEADER_TOO_MANY_FIELDS: reply(554, '5.6.0', 'The header section has too many fields'),
};

/** A refusal that is thrown where returning it would be in the way. */
export class SmtpRefusal extends Error {
  readonly reply: Reply;
  constructor(answer: Reply) {
    super(answer.lines.join(' '));
    this.name = 'SmtpRefusal';
    this.reply = answer;
  }
}

/**
 * The reply for whatever a hook threw. An error that nobody foresaw is temporary and says nothing about us (451 4.3.0);
 * `unforeseen` hears of it, for the log.
 */
export function errorReply(error: unknown, unforeseen: (error: unknown) => void): Reply {
  if (error instanceof SmtpRefusal) return error.reply;
  if (error instanceof ContentRefused) return error.reply ?? LOCAL_ERROR;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = BY_CODE[code];
  if (known === undefined) unforeseen(error);
  return known ?? LOCAL_ERROR;
}
