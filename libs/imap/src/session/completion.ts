import { ParseError, Refusal } from '../errors.ts';
import type { Completion } from './context.ts';

/** Response codes of RFC 5530 for what a backend refuses. */
const CODES: Readonly<Record<string, string>> = {
  NOT_FOUND: 'NONEXISTENT',
  EXISTS: 'ALREADYEXISTS',
  CANNOT: 'CANNOT',
  INVALID: 'CANNOT',
  OVER_QUOTA: 'OVERQUOTA',
  NO_PERMISSION: 'NOPERM',
  LIMIT: 'LIMIT',
  UNAVAILABLE: 'UNAVAILABLE',
  CLOSED: 'UNAVAILABLE',
};

/** The tagged response an error means. Texts of unknown errors stay inside. */
export function completionOf(error: unknown): Completion {
  if (error instanceof ParseError) return { status: 'BAD', text: `${error.message} (octet ${String(error.offset)})` };
  if (error instanceof Refusal) {
    const { status, responseCode, message } = error;
    return responseCode === undefined ? { status, text: message } : { status, code: responseCode, text: message };
  }
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' ? CODES[code] : undefined;
  if (known === 'UNAVAILABLE') return { status: 'NO', code: known, text: 'not available for now, try again later' };
  if (known !== undefined) return { status: 'NO', code: known, text: oneLine(String(message)) };
  return { status: 'NO', code: 'SERVERBUG', text: 'internal error' };
}

/** Words of a backend in one line of ASCII (RFC 9051 §9, resp-text). */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200) || 'refused';
}

/** The same where the mailbox missing is a target that CREATE could make (RFC 9051 §6.3.12, §6.4.7). */
export async function orTryCreate<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'NOT_FOUND') throw new Refusal('NO', 'TRYCREATE', 'no such mailbox');
    throw error;
  }
}
