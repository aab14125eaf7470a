export type * from './backend.ts';
export { DEFAULT_LIMITS, type ImapLimits } from './limits.ts';
export type { SessionObserver } from './session/observer.ts';
export type { SessionOptions, Transport } from './session/options.ts';
export { ImapSession } from './session/session.ts';
