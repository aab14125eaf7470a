import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type ConfigDefinition, type ConfigOf, variableNames } from './define.ts';

/** A setting is missing or makes no sense: the message names it, where it came from, and what would be right. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
}

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A JSON file with the same names; the environment wins over it. */
  readonly file?: string;
}

/** Reads the settings of an agent from environment and file. @throws ConfigError */
export function loadConfig<D extends ConfigDefinition<z.ZodRawShape>>(
  definition: D,
  sources: ConfigSources,
): ConfigOf<D> {
  const values: Record<string, unknown> = sources.file === undefined ? {} : readFile(sources.file, definition);
  for (const [key, schema] of Object.entries(definition.shape)) {
    const name = variableNames(definition.agent, key).find((n) => sources.env[n] !== undefined);
    if (name === undefined) continue;
    const parsed = fromText(schema as z.ZodType, sources.env[name] ?? '');
    if (!parsed.success) throw new ConfigError(`${name}: ${explain(parsed.error)} (see --help)`);
    values[key] = parsed.data;
  }
  const result = z.strictObject(definition.shape).safeParse(values);
  if (!result.success) throw new ConfigError(`${explain(result.error)} (see --help)`);
  return result.data as ConfigOf<D>;
}

function readFile(path: string, definition: ConfigDefinition<z.ZodRawShape>): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Error('it is not an object');
    return { ...parsed };
  } catch (error) {
    throw new ConfigError(`the configuration of ${definition.agent} in ${path} cannot be read: ${String(error)}`, {
      cause: error,
    });
  }
}

/** Text from the environment: as it is, as JSON (numbers, booleans, objects), or as a comma-separated list. */
function fromText(schema: z.ZodType, text: string) {
  const plain = schema.safeParse(text);
  if (plain.success) return plain;
  try {
    const json = schema.safeParse(JSON.parse(text));
    if (json.success) return json;
  } catch {
    // Not JSON: it may still be a list.
  }
  const list = schema.safeParse(text === '' ? [] : text.split(',').map((item) => item.trim()));
  return list.success ? list : plain;
}

function explain(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.join('.')}${issue.path.length > 0 ? ': ' : ''}${issue.message}`)
    .join('; ');
}
