import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ESLint } from 'eslint';
import { ROOT } from './repository.ts';

/** As `npm run lint` runs it: in the folder of the project (patterns of the configuration are relative to it). */
function eslintFor(path: string): ESLint {
  const project = path.split('/').slice(0, 2).join('/');
  return new ESLint({ cwd: join(ROOT, project), overrideConfigFile: join(ROOT, 'tools/lint/eslint.config.mjs') });
}

const BOUNDARIES = '@nx/enforce-module-boundaries';

/** Messages of a rule for a text, were it the content of this (existing) file. */
async function messages(text: string, as: string, rule: string): Promise<string[]> {
  assert.ok(existsSync(join(ROOT, as)), `${as} is a file of the repository`);
  const [result] = await eslintFor(as).lintText(text, { filePath: join(ROOT, as) });
  const fatal = result?.messages.filter((each) => each.fatal === true) ?? [];
  assert.deepEqual(fatal, []);
  return (result?.messages ?? []).filter((each) => each.ruleId === rule).map((each) => each.message);
}

const fixture = (name: string) => readFileSync(join(ROOT, 'tools/lint/fixtures', `${name}.ts`), 'utf8');

/** Fixture, the file it plays, the rule that must speak, and what it must say. */
const BROKEN: readonly [string, string, string, RegExp][] = [
  ['codec-imports-bus', 'libs/imap/src/limits.ts', BOUNDARIES, /"layer:codec" can only depend on/],
  ['codec-imports-nats', 'libs/smtp/src/limits.ts', BOUNDARIES, /"layer:codec" is not allowed to import/],
  // Every codec depends on the model: Nx says that first.
  ['model-imports-codec', 'libs/mail/src/status.ts', BOUNDARIES, /Circular dependency/],
  ['model-imports-port', 'libs/mail/src/status.ts', BOUNDARIES, /"layer:model" cannot depend on any/],
  ['port-imports-app', 'libs/mailstore/src/names.ts', BOUNDARIES, /"layer:port" can only depend on/],
  ['app-imports-app', 'apps/mta/src/config.ts', BOUNDARIES, /"layer:app" can only depend on/],
  ['mua-imports-bus', 'apps/mua/src/config.ts', BOUNDARIES, /"scope:mua" can not depend on/],
  ['reaches-inside', 'libs/dsn/src/types.ts', BOUNDARIES, /relative/i],
  ['codec-imports-net', 'libs/smtp/src/limits.ts', 'no-restricted-imports', /codecs open no socket/],
  ['lib-imports-testkit', 'libs/spool/src/head.ts', '@typescript-eslint/no-restricted-imports', /only tests/],
  ['floating-promise', 'libs/spool/src/head.ts', '@typescript-eslint/no-floating-promises', /Promises must be/],
];

for (const [name, as, rule, what] of BROKEN)
  test(`${name}, in ${as}, is refused by ${rule}`, async () => {
    const said = await messages(fixture(name), as, rule);
    assert.ok(
      said.some((message) => what.test(message)),
      `${rule} says ${JSON.stringify(said)}`,
    );
  });

test('a file of 501 lines is too long, one of 500 is not', async () => {
  const file = (lines: number) => 'export {};\n' + '// line\n'.repeat(lines - 1);
  assert.equal((await messages(file(501), 'libs/spool/src/head.ts', 'max-lines')).length, 1);
  assert.equal((await messages(file(500), 'libs/spool/src/head.ts', 'max-lines')).length, 0);
});

test('a function of 81 lines is too long, one of 80 is not', async () => {
  const file = (lines: number) => `export function long(): void {\n${'  void 0;\n'.repeat(lines - 2)}}\n`;
  assert.equal((await messages(file(81), 'libs/spool/src/head.ts', 'max-lines-per-function')).length, 1);
  assert.equal((await messages(file(80), 'libs/spool/src/head.ts', 'max-lines-per-function')).length, 0);
});

test('a directive that silences nothing is an error', async () => {
  const [result] = await eslintFor('libs/spool').lintText(
    '// eslint-disable-next-line no-console\nexport const fine = 1;\n',
    {
      filePath: join(ROOT, 'libs/spool/src/head.ts'),
    },
  );
  assert.equal(result?.messages[0]?.severity, 2);
  assert.match(result?.messages[0]?.message ?? '', /Unused eslint-disable directive/);
});
