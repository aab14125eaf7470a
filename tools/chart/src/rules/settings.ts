import { join } from 'node:path';
import { type ConfigDefinition, loadConfig, variableNames, type z } from '@postroad/config';
import type { KubeObject } from '../helm.ts';
import { ROOT } from '../place.ts';
import { isAgent, podsOf } from './pods.ts';

type Definition = ConfigDefinition<z.ZodRawShape>;

const APPS = ['msa', 'mta', 'mda', 'mua', 'ops'];

/** The typed configuration of each app. Loaded by path: nothing may depend on an app (DESIGN §6). */
export async function definitions(): Promise<Map<string, Definition>> {
  const load = async (app: string): Promise<[string, Definition]> => {
    const exported = (await import(join(ROOT, 'apps', app, 'src/config.ts'))) as Record<string, Definition>;
    const definition = exported[`${app}Config`];
    if (definition === undefined) throw new Error(`apps/${app}/src/config.ts exports no ${app}Config`);
    return [app, definition];
  };
  return new Map(await Promise.all(APPS.map(load)));
}

/** Every variable of an agent's pod is a setting that the agent has, is there once, and has a value that it accepts. */
export function settingProblems(objects: readonly KubeObject[], apps: ReadonlyMap<string, Definition>): string[] {
  return podsOf(objects)
    .filter(isAgent)
    .flatMap(({ name, spec }) => {
      const [container] = spec.containers;
      const definition = apps.get(container?.name ?? '');
      if (container === undefined || definition === undefined) return [`${name}: is of no app`];
      const known = new Set(Object.keys(definition.shape).map((key) => variableNames(definition.agent, key)[0]));
      const problems: string[] = [];
      const env: Record<string, string> = {};
      for (const each of container.env ?? []) {
        if (!known.has(each.name)) problems.push(`${each.name} is no setting`);
        if (each.name in env) problems.push(`${each.name} is there twice`);
        env[each.name] = each.value ?? 'from-elsewhere';
      }
      try {
        loadConfig(definition, { env });
      } catch (error) {
        problems.push((error as Error).message);
      }
      if (container.args?.[0] !== definition.agent || container.args[1] !== '--role')
        problems.push(`starts with ${container.args?.join(' ')}`);
      return problems.map((problem) => `${name}: ${problem}`);
    });
}
