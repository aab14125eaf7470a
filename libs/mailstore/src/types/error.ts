export type StoreErrorCode =
  'NOT_FOUND' | 'EXISTS' | 'CANNOT' | 'INVALID' | 'OVER_QUOTA' | 'UNAVAILABLE' | 'CLOSED' | 'INTERNAL';

/**
 * UNAVAILABLE (disk full, I/O error, database locked, worker lost) is about the store and may pass: try again later. CLOSED: it
 * was shut down. INTERNAL is a fault of ours that this request meets: others may succeed. The rest is about the request.
 */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** The message was expunged while it was being read. */
export class MessageGone extends StoreError {
  constructor(uid: number) {
    super('NOT_FOUND', `message ${String(uid)} is gone`);
  }
}
