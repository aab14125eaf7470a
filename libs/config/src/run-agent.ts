import { parseArgs } from 'node:util';
import type { z } from 'zod';
import type { ConfigDefinition, ConfigOf } from './define.ts';
import { ConfigError, loadConfig } from './load.ts';
import { renderHelp } from './reference.ts';

/** What a started agent gives back. */
export interface RunningAgent {
  /** Ends it in good order: no new work, what was begun is finished or given back. */
  drain(): Promise<void>;
}

export interface AgentMain<D extends ConfigDefinition<z.ZodRawShape>> {
  readonly definition: D;
  readonly roles: readonly string[];
  readonly start: (config: ConfigOf<D>, roles: ReadonlySet<string>) => Promise<RunningAgent>;
}

/** How long a drain may take before the process ends all the same, in ms. */
const DRAIN_LIMIT_MS = 30_000;

/** The `main` of every agent: arguments, configuration, start, and a drain on SIGTERM and SIGINT. */
export async function runAgent<D extends ConfigDefinition<z.ZodRawShape>>(main: AgentMain<D>): Promise<void> {
  const { values } = parseArgs({
    options: { role: { type: 'string' }, config: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(renderHelp(main.definition, main.roles));
    return;
  }
  let running: RunningAgent;
  try {
    const roles = new Set(values.role?.split(',') ?? main.roles);
    const unknown = [...roles].find((role) => !main.roles.includes(role));
    if (unknown !== undefined)
      throw new ConfigError(`there is no role ${unknown}; the roles are ${main.roles.join(', ')}`);
    const sources = { env: process.env, ...(values.config === undefined ? {} : { file: values.config }) };
    running = await main.start(loadConfig(main.definition, sources), roles);
  } catch (error) {
    const known = error instanceof Error && 'code' in error;
    process.stderr.write(
      `postroad-${main.definition.agent}: ${known ? error.message : String((error as Error).stack)}\n`,
    );
    process.exit(known && error.code === 'CONFIG_INVALID' ? 2 : 1);
  }
  let draining = false;
  const stop = () => {
    if (draining) return;
    draining = true;
    setTimeout(() => process.exit(1), DRAIN_LIMIT_MS).unref();
    running.drain().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`postroad-${main.definition.agent}: drain failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Whoever started us (tools/stack) died without a word: an agent that nobody watches ends in good order.
  const parent = Number(process.env['POSTROAD_PARENT'] ?? process.ppid);
  setInterval(() => process.ppid !== parent && stop(), 1_000).unref();
}
