export { startRelay } from './role.ts';
export type { RelayConfig } from './settings.ts';
