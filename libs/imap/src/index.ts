export type * from './backend.ts';
export { DEFAULT_LIMITS, type ImapLimits } from './limits.ts';
export { ImapSession, type SessionOptions, type Transport } from './session/session.ts';
