/**
 * NAME      npm test
 * SUMMARY   runs everything CI runs, in the order in which a mistake shows soonest; Nx remembers what did not change
 * PRODUCES  a line per step, the output of what failed, and last "N passed, N failed"; exit code 1 when anything failed
 *           (in CI also when anything was skipped). Outputs of all steps are kept in .cache/test/
 */
import { parseArgs } from 'node:util';
import { runStep } from './test-all/run-step.ts';
import { STEPS } from './test-all/steps.ts';
import { add, type Counts, NOTHING, summaryLine } from './test-all/counts.ts';

const names = STEPS.map(({ name }) => name);
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    `npm test -- [--only STEP]\n\n${STEPS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}\n`,
  );
  process.exit(0);
}
const only = values.only?.flatMap((list) => list.split(','));
const unknown = only?.filter((name) => !names.includes(name)) ?? [];
if (unknown.length > 0) {
  process.stderr.write(`there is no step ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
  process.exit(2);
}

const began = performance.now();
const failed: { name: string; why: string; again: readonly string[] }[] = [];
let total: Counts = NOTHING;
for (const step of STEPS) {
  if (only !== undefined && !only.includes(step.name)) continue;
  const result = await runStep(step);
  total = add(total, result.counts);
  if (result.why !== null) failed.push({ name: step.name, why: result.why, again: result.again });
}

const ci = process.env['CI'] === 'true';
if (ci && total.skipped > 0)
  failed.push({
    name: 'skips',
    why: `${total.skipped} tests were skipped, in CI none may be`,
    again: ['CI=true npm test'],
  });
process.stdout.write('\n');
for (const { name, why, again } of failed) {
  process.stdout.write(`✖ ${name}: ${why}\n`);
  for (const command of again) process.stdout.write(`  again, alone: ${command}\n`);
}
process.stdout.write(`${Math.round((performance.now() - began) / 1_000)} s\n${summaryLine(total)}\n`);
process.exit(failed.length === 0 ? 0 : 1);
