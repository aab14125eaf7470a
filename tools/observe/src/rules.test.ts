/** promtool on the rules: each alert fires when it should, and is silent when not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from '@postroad/testkit';
import { stringify } from 'yaml';
import { ALERTS, fillIn, ruleGroups, type RulePlace } from './rules/index.ts';
import { THRESHOLDS } from './rules/thresholds.ts';
import { type Case, CASES, type Series } from './testing/cases.ts';
import { missingPromtool, promtool } from './testing/promtool.ts';

const PLACE: RulePlace = { namespace: 'post', roles: ['mta-mx', 'mda-imap'], runbook: 'docs/runbook.md' };
const rules = fillIn(stringify(ruleGroups()), PLACE);

const quoted = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');

const written = ({ name, labels, values }: Series, namespace = 'post') => ({
  series: `${name}{${quoted({ namespace, pod: 'p', role: 'mta-mx', ...labels })}}`,
  values,
});

/** One trial: whether the alert fires at the 60th minute, and with which labels. */
function trial(
  { alert }: Case,
  input: readonly Series[],
  labels: Readonly<Record<string, string>> | null,
  namespace?: string,
) {
  const about = `alertname=${JSON.stringify(alert)},alertstate="firing"`;
  const severity = ALERTS.find((each) => each.alert === alert)?.severity ?? assert.fail(`there is no alert ${alert}`);
  // PostroadRoleAbsent is about what is not there, so the role of a series does not matter to it.
  const expr = `count by (${['namespace', 'severity', ...Object.keys(labels ?? {})].join(', ')}) (ALERTS{${about}${alert === 'PostroadRoleAbsent' && labels !== null ? `,${quoted(labels)}` : ''}})`;
  const shown = quoted({ namespace: 'post', severity, ...labels });
  return {
    interval: '1m',
    input_series: input.map((each) => written(each, namespace)),
    promql_expr_test: [
      { expr, eval_time: '60m', exp_samples: labels === null ? [] : [{ labels: `{${shown}}`, value: 1 }] },
    ],
  };
}

const check = (tests: readonly object[]) =>
  promtool(['test', 'rules', 'tests.yaml'], {
    'rules.yaml': rules,
    'tests.yaml': stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests }),
  });

const skip = missingPromtool();

test('promtool reads every rule and every template in it', { skip }, async () => {
  const output = await promtool(['check', 'rules', '--lint-fatal', 'rules.yaml'], { 'rules.yaml': rules });
  assert.match(output, new RegExp(`${ALERTS.length + 11} rules found`));
});

for (const [i, each] of CASES.entries())
  test(`${each.alert} (${i}) fires when it should, and is silent when not`, { skip }, async () => {
    await check([
      trial(each, each.fires, each.labels),
      ...each.silent.map((input) => trial(each, input, null)),
      // What happens in another installation is none of ours.
      ...(each.alert === 'PostroadRoleAbsent' ? [] : [trial(each, each.fires, null, 'other')]),
    ]);
  });

test('every trial can fail', { skip }, async () => {
  const wrong = CASES.map((each) => trial(each, each.fires, null));
  const output = await check(wrong).then(String, String);
  assert.equal(output.match(/^ +exp: nil$/gm)?.length, CASES.length, output);
});

test('every alert is tried', () => {
  const tried = new Set(CASES.filter(({ silent }) => silent.length > 0).map(({ alert }) => alert));
  assert.deepEqual(
    ALERTS.map(({ alert }) => alert).filter((alert) => !tried.has(alert)),
    [],
  );
});

test('every threshold is used, by a rule that says so', () => {
  const text = JSON.stringify(ruleGroups());
  for (const name of Object.keys(THRESHOLDS)) assert.ok(text.includes(`<${name}>`), name);
  assert.throws(() => fillIn('x > <noSuchThing>', PLACE), /nothing fills <noSuchThing>/);
});

test('the runbook has a section for each alert, and no other: what it means, what to look at, what to do', () => {
  const runbook = readFileSync(join(REPOSITORY, 'docs/runbook.md'), 'utf8');
  const sections = runbook.split(/^### /m).slice(1);
  const names = sections.map((section) => section.slice(0, section.indexOf('\n')));
  assert.deepEqual([...names].sort(), ALERTS.map(({ alert }) => alert).sort());
  for (const section of sections)
    for (const part of ['**Means.**', '**Look at.**', '**Do.**']) assert.ok(section.includes(part), section);
});
