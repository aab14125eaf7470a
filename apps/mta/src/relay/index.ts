export type { RelayDeps } from './context.ts';
export { type Relay, type RelayStats, startRelay } from './role.ts';
export type { RelayConfig, SmartHost } from './settings.ts';
export { cancel, holdQueue, type OperationResult, type OperatorDeps, releaseQueue, retryNow } from './operations.ts';
