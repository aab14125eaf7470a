export { startImap } from './role.ts';
export type { ChangeHints, ImapConfig, ImapDependencies, ImapListenerConfig, ImapRole } from './types.ts';
