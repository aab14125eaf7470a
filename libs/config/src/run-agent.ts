import { parseArgs } from 'node:util';
import type { z } from 'zod';
import type { commonShape, ConfigDefinition, ConfigOf } from './define.ts';
import { Ending, type RunningAgent } from './ending.ts';
import { ConfigError, loadConfig } from './load.ts';
import { renderHelp } from './reference.ts';

type AgentShape = z.ZodRawShape & Pick<typeof commonShape, 'drainSeconds'>;

export interface AgentMain<D extends ConfigDefinition<AgentShape>> {
  readonly definition: D;
  readonly roles: readonly string[];
  readonly start: (config: ConfigOf<D>, roles: ReadonlySet<string>) => Promise<RunningAgent>;
}

/** The `main` of every agent: arguments, configuration, start, and a drain of `drainSeconds` on SIGTERM and SIGINT. */
export async function runAgent<D extends ConfigDefinition<AgentShape>>(main: AgentMain<D>): Promise<void> {
  const { values } = parseArgs({
    options: { role: { type: 'string' }, config: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(renderHelp(main.definition, main.roles));
    return;
  }
  const ending = new Ending(main.definition.agent);
  try {
    const roles = new Set(values.role?.split(',') ?? main.roles);
    const unknown = [...roles].find((role) => !main.roles.includes(role));
    if (unknown !== undefined)
      throw new ConfigError(`there is no role ${unknown}; the roles are ${main.roles.join(', ')}`);
    const sources = { env: process.env, ...(values.config === undefined ? {} : { file: values.config }) };
    const config = loadConfig(main.definition, sources);
    // AgentShape has it; the compiler cannot see through the inference.
    const { drainSeconds } = config as { drainSeconds: number };
    ending.started(await main.start(config, roles), drainSeconds * 1_000);
  } catch (error) {
    const known = error instanceof Error && 'code' in error;
    process.stderr.write(
      `postroad-${main.definition.agent}: ${known ? error.message : String((error as Error).stack)}\n`,
    );
    process.exit(known && error.code === 'CONFIG_INVALID' ? 2 : 1);
  }
}
