import type { ApiProblem } from '../api-types.ts';

/** A failure that is told to the person, with the words to tell it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfter: number | undefined;

  /** @param retryAfter seconds */
  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

interface Foreign {
  readonly statusCode?: number;
  readonly code?: string;
  readonly message?: string;
  readonly responseText?: string;
  readonly mailboxMissing?: boolean;
  readonly authenticationFailed?: boolean;
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EPIPE',
  'NoConnection',
  'CONNECT_TIMEOUT',
  'GREETING_TIMEOUT',
  'UPGRADE_TIMEOUT',
  'ETIMEOUT',
  'ClosedAfterConnectTLS',
  'EConnectionClosed',
  'ProxyError',
  'LockTimeout',
]);

/** Any failure as one to tell: what a mail server said is passed on, what is ours alone stays inside. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const known = error as Foreign;
  if (known.authenticationFailed === true)
    return new ApiError(401, 'SIGNED_OUT', 'Your password was changed. Sign in again.');
  if (known.mailboxMissing === true) return new ApiError(404, 'NO_FOLDER', 'This folder does not exist any more.');
  if (known.code !== undefined && UNREACHABLE.has(known.code))
    return new ApiError(503, 'UNREACHABLE', 'The mail server cannot be reached right now. Try again in a moment.', 5);
  if (typeof known.responseText === 'string' && known.responseText !== '')
    return new ApiError(409, 'MAIL_SERVER_SAID_NO', `The mail server says: ${known.responseText.slice(0, 500)}`);
  const status = known.statusCode ?? 500;
  if (status >= 400 && status < 500)
    return new ApiError(status, known.code ?? 'BAD_REQUEST', known.message ?? 'This request cannot be read.');
  return new ApiError(500, 'INTERNAL', 'Something went wrong on our side.');
}

export const problemOf = ({ code, message }: ApiError): ApiProblem => ({ code, message });
