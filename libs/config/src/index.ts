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
export { runAgent, type RunningAgent } from './run-agent.ts';
export { z } from 'zod';
