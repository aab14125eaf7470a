import { StoreError } from '../types.ts';

/** The transaction met another one at a bad moment and is run again from its start. */
export class Again extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Again';
  }
}

/** Serialization failure and deadlock (PostgreSQL, appendix A): nothing happened, the same again may pass. */
const TRANSIENT = new Set(['40001', '40P01']);
/**
 * Conditions of the server, not of the statement: connection (08), insufficient resources (53), operator intervention (57), system error
 * (58), a standby that cannot be written to (25006), a lock that was not had in time (55P03).
 */
const CLASSES = new Set(['08', '53', '57', '58']);
const CODES = new Set(['25006', '55P03', '25P03']);
/** A NUL in a text: nothing here is named so. */
const NO_TEXT = '22021';
const NETWORK = /^E[A-Z_]+$/;

export function isTransient(error: unknown): boolean {
  return error instanceof Again || TRANSIENT.has(codeOf(error));
}

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** What a failed statement means to the caller of the store; transient failures stay what they are, for the transaction to see. */
export function fromDatabase(error: unknown): Error {
  if (error instanceof StoreError || isTransient(error)) return error as Error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (code === NO_TEXT) return new StoreError('INVALID', 'a text holds an octet that is not allowed');
  // errors of `pg` itself have no code: connection terminated, timeout, pool ended
  const unavailable = code === '' || NETWORK.test(code) || CLASSES.has(code.slice(0, 2)) || CODES.has(code);
  return new StoreError(unavailable ? 'UNAVAILABLE' : 'INTERNAL', `database: ${message}`);
}
