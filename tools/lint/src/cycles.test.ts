import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { ROOT } from './repository.ts';

/** Import cycles below the folders, each as its files; imports of types count too. */
async function cycles(folders: readonly string[], exclude: string): Promise<string[]> {
  const { output } = await cruise([...folders], {
    baseDir: ROOT,
    ruleSet: { forbidden: [{ name: 'cycle', severity: 'error', from: {}, to: { circular: true } }] },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: exclude },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  });
  const { summary } = output as ICruiseResult;
  assert.ok(summary.totalCruised > 0, 'nothing was read');
  return summary.violations.map(({ from, cycle }) => [from, ...(cycle ?? []).map(({ name }) => name)].join(' → '));
}

test('no import cycles', async () => {
  assert.deepEqual(await cycles(['apps', 'libs', 'tools'], 'tools/lint/fixtures|/dist/|apps/[^/]*/node_modules'), []);
});

test('a cycle would be found, of values and of types', async () => {
  const found = await cycles(['tools/lint/fixtures/cycle'], '^$');
  for (const name of ['a.ts', 'type.ts'])
    assert.ok(
      found.some((path) => path.includes(`cycle/${name}`)),
      `${name} is not in ${found.join(', ')}`,
    );
});
