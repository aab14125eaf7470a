export {
  commonShape,
  type ConfigDefinition,
  type ConfigOf,
  defineConfig,
  port,
  tlsShape,
  variableNames,
} from './define.ts';
export { ConfigError, loadConfig } from './load.ts';
export { renderReference } from './reference.ts';
export type { RunningAgent } from './ending.ts';
export { runAgent } from './run-agent.ts';
export { z } from 'zod';
