/** Every query of every panel and rule: Prometheus can read it, and what it names is in the catalogue. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '@postroad/telemetry';
import { stringify } from 'yaml';
import { DASHBOARDS } from './dashboards/index.ts';
import { dashboardJson } from './dashboards/json.ts';
import { panelExpressions, ruleExpressions } from './queries.ts';
import { missingPromtool, promtool } from './testing/promtool.ts';
import { seriesFor } from './testing/synthetic.ts';
import { unknownIn, usesOf } from './used.ts';

const place = { namespace: 'post', roles: ['mta-mx'], runbook: '' };
const panels = panelExpressions();
const all = [...panels, ...ruleExpressions(place)];
/** Series of Node itself, as an agent has them. */
const node = new Set([...(await new Metrics().render()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));

test('promtool reads every query of every panel', { skip: missingPromtool() }, async () => {
  const rulesOf = (exprs: readonly string[]) =>
    stringify({ groups: [{ name: 'panels', rules: exprs.map((expr, i) => ({ record: `panel:${i}`, expr })) }] });
  const exprs = panels.map(({ expr }) => expr);
  const output = await promtool(['check', 'rules', 'r.yaml'], { 'r.yaml': rulesOf(exprs) });
  assert.match(output, new RegExp(`${exprs.length} rules found`));
  await assert.rejects(promtool(['check', 'rules', 'r.yaml'], { 'r.yaml': rulesOf(['sum by (a) (b{)']) }), /FAILED/);
});

test('every panel shows something when its series are there', { skip: missingPromtool() }, async () => {
  const trial = ({ expr }: { expr: string }, series = seriesFor(expr)) => ({
    ...{ interval: '1m', input_series: series },
    promql_expr_test: [
      { expr: `count(${expr}) > bool 0`, eval_time: '200m', exp_samples: [{ labels: '{}', value: 1 }] },
    ],
  });
  const check = (tests: readonly object[]) =>
    promtool(['test', 'rules', 't.yaml'], { 't.yaml': stringify({ evaluation_interval: '1m', tests }) });
  await check(panels.map((panel) => trial(panel)));
  // A gap between the two sides of a division, and no series at all.
  await assert.rejects(check([trial({ expr: 'a{x="1"} / on (x) b{y="1"}' })]), /FAILED/);
  await assert.rejects(check([trial({ expr: 'a{x="1"}' }, [])]), /FAILED/);
});

test('every metric and label that is asked for exists', () => {
  assert.ok(all.length > 120, `${all.length} expressions`);
  for (const { where, expr } of all) {
    assert.deepEqual(unknownIn(expr, node), [], where);
    assert.doesNotMatch(expr, /\$/, where);
    // A query without it mixes installations; the counters of Node have it too.
    for (const { name, labels } of usesOf(expr).metrics) assert.ok(labels.includes('namespace'), `${where}: ${name}`);
  }
});

test('found: a metric, a label, a grouping that does not exist', () => {
  assert.deepEqual(unknownIn('rate(postroad_no_such_total[5m])'), ['there is no metric postroad_no_such_total']);
  assert.deepEqual(unknownIn('postroad_sessions{colour="red"}'), ['postroad_sessions has no label colour']);
  assert.match(unknownIn('sum by (colour) (postroad_sessions)').join(), /the label colour/);
  assert.deepEqual(unknownIn('postroad_delivery_seconds'), ['there is no metric postroad_delivery_seconds']);
  assert.deepEqual(
    unknownIn('sum by (le) (rate(postroad_delivery_seconds_bucket{namespace="a"}[5m] offset 1h)) > bool 3'),
    [],
  );
});

interface PanelJson {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly fieldConfig?: { defaults: { unit: string; thresholds: object; color: { mode: string } } };
}

test('panels say what they show, in a unit, and lie beside each other', () => {
  assert.equal(DASHBOARDS.length, 7);
  const uids = new Set<unknown>();
  for (const dashboard of DASHBOARDS) {
    const json = dashboardJson(dashboard) as { uid: string; panels: PanelJson[] };
    uids.add(json.uid);
    const taken = new Set<string>();
    for (const { type, title, description, gridPos, fieldConfig } of json.panels) {
      const where = `${dashboard.name}: ${title}`;
      assert.ok(gridPos.x + gridPos.w <= 24 && gridPos.w >= 3, where);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!taken.has(`${x} ${y}`), `${where} lies on another`);
          taken.add(`${x} ${y}`);
        }
      if (type === 'row' || type === 'text') continue;
      assert.match(description ?? '', /\.$/, where);
      assert.ok(fieldConfig?.defaults.unit && fieldConfig.defaults.thresholds, where);
    }
  }
  assert.equal(uids.size, DASHBOARDS.length);
});
