import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@postroad/testkit';

/** Every variable an agent reads, from the reference that is generated from its typed configuration. */
export function variablesOf(agent: string): Set<string> {
  const page = readFileSync(join(REPOSITORY, 'docs/config.md'), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith(`${agent}\n`)) ?? '';
  const names = [...section.matchAll(/`(POSTROAD_[A-Z0-9_]+)`/g)].map(([, name = '']) => name);
  assert.ok(names.length > 5, `docs/config.md names ${names.length} variables of ${agent}`);
  return new Set(names.flatMap((name) => [name, name.replace(`POSTROAD_${agent.toUpperCase()}_`, 'POSTROAD_')]));
}
