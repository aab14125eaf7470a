import { BusUnavailable, StreamFull } from '@postroad/bus';
import { DirectoryConflict, DirectoryUnavailable } from '@postroad/directory';
import { SpoolFull, SpoolUnavailable } from '@postroad/spool';

/** An answer that is an error: `{"error": {"code", "message", "hint"}}`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** What to do about it. */
  readonly hint: string | undefined;
  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }

  get body() {
    return {
      error: { code: this.code, message: this.message, ...(this.hint === undefined ? {} : { hint: this.hint }) },
    };
  }
}

const CONFLICT_STATUS = { EXISTS: 409, NOT_FOUND: 404, INVALID: 400, IN_USE: 409 } as const;
const HINTS: Partial<Record<DirectoryConflict['code'], string>> = {
  EXISTS: 'list what exists, or choose another name',
  IN_USE: 'remove the accounts and aliases of the domain first',
};

/** Whatever was thrown, as an answer. What is not foreseen says nothing of its insides. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof DirectoryConflict)
    return new ApiError(CONFLICT_STATUS[error.code], error.code, error.message, HINTS[error.code]);
  if (error instanceof StreamFull || error instanceof SpoolFull)
    return new ApiError(507, 'FULL', error.message, 'give the broker more room, or purge the queue');
  const away =
    error instanceof BusUnavailable ||
    error instanceof DirectoryUnavailable ||
    error instanceof SpoolUnavailable ||
    ['TimeoutError', 'NoRespondersError', 'RequestError', 'ClosedConnectionError', 'ConnectionError'].includes(
      (error as Error).name,
    );
  if (away)
    return new ApiError(
      503,
      'BROKER_UNAVAILABLE',
      `the broker cannot be reached: ${(error as Error).message}`,
      'try again; see /readyz and the log of nats-server',
    );
  // Fastify's own: a body that is no JSON, too long, of a wrong type.
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ApiError(status, 'BAD_REQUEST', (error as Error).message);
  return new ApiError(500, 'INTERNAL', 'something went wrong that should not', 'the log of ops says what');
}
