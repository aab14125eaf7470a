import { z } from 'zod';
import { type ConfigDefinition, variableNames } from './define.ts';

interface SettingDoc {
  readonly key: string;
  readonly variable: string;
  readonly type: string;
  readonly initial: string;
  readonly meaning: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: JsonSchema;
  readonly description?: string;
  readonly default?: unknown;
}

function settings(definition: ConfigDefinition<z.ZodRawShape>): SettingDoc[] {
  return Object.entries(definition.shape).map(([key, schema]) => {
    const json = z.toJSONSchema(schema as z.ZodType, { io: 'input' }) as JsonSchema;
    const type =
      json.enum?.join(' | ') ??
      (json.type === 'array' ? `list of ${json.items?.type ?? 'values'}` : (json.type ?? 'object'));
    return {
      key,
      variable: variableNames(definition.agent, key)[0],
      type,
      initial: json.default === undefined ? '' : JSON.stringify(json.default),
      meaning: json.description ?? '',
    };
  });
}

/** The page docs/config.md has for one agent. */
export function renderReference(definition: ConfigDefinition<z.ZodRawShape>): string {
  const rows = settings(definition).map(
    (s) =>
      `| \`${s.key}\` | \`${s.variable}\` | ${s.type.replaceAll('|', '\\|')} | ${s.initial === '' ? '' : `\`${s.initial}\``} | ${s.meaning} |`,
  );
  return `## ${definition.agent}\n\n${definition.summary}\n\n| setting | environment | type | default | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

export function renderHelp(definition: ConfigDefinition<z.ZodRawShape>, roles: readonly string[]): string {
  const lines = settings(definition).map(
    (s) => `  ${s.variable}\n      ${s.meaning} (${s.type}${s.initial === '' ? '' : `; default ${s.initial}`})`,
  );
  return `postroad-${definition.agent}: ${definition.summary}

Usage: main.ts [--role ROLE[,ROLE]] [--config FILE.json] [--help]
Roles: ${roles.join(', ')} (default: all)

Settings, from the environment or as the same names in camelCase in the file:
${lines.join('\n')}
`;
}
