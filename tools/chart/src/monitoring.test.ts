/** PodMonitors, alerts and dashboards of the chart: what is rendered is what tools/observe has checked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillIn, ruleGroups, THRESHOLDS } from '@postroad/observe';
import { parse, stringify } from 'yaml';
import { type KubeObject, render } from './helm.ts';
import { MATRIX } from './matrix.ts';
import { monitoringProblems } from './rules/monitoring.ts';
import { podsOf } from './rules/pods.ts';

const enabled = { enabled: true };
const all = { monitoring: { podMonitor: enabled, rules: enabled, dashboards: enabled } };
const kind = (objects: readonly KubeObject[], name: string) => objects.filter((each) => each.kind === name);
const components = (objects: readonly KubeObject[]) =>
  kind(objects, 'Deployment').map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] ?? '');

for (const [name, values, thresholds, runbook] of [
  ['defaults', all, {}, 'docs/runbook.md'],
  [
    'all features',
    MATRIX['all features'] ?? {},
    { deferredShare: 0.25, certificateWarningSeconds: 2_592_000 },
    'https://runbooks.example.org/postroad',
  ],
] as const)
  test(`${name}: the PrometheusRule is the checked rules, filled in for this installation`, async () => {
    const objects = await render(values);
    const [rule, ...more] = kind(objects, 'PrometheusRule');
    assert.equal(more.length, 0);
    const roles = components(objects).sort();
    const place = { namespace: 'post', roles, runbook, thresholds };
    assert.deepEqual(rule?.['spec'], parse(fillIn(stringify(ruleGroups()), place)));
    assert.doesNotMatch(JSON.stringify(rule), /<\w+>|e\+\d/);
    assert.ok(roles.length >= 8 && Object.keys(THRESHOLDS).length >= 15);
  });

test('the sidecar of Grafana finds every dashboard, each of them JSON that says what it is', async () => {
  const maps = kind(await render(all), 'ConfigMap').filter(({ metadata }) => metadata.name.includes('-dashboard-'));
  assert.equal(maps.length, 7);
  for (const { metadata, ...rest } of maps) {
    assert.equal(metadata.labels?.['grafana_dashboard'], '1');
    const [text = ''] = Object.values(rest['data'] as Record<string, string>);
    assert.match((JSON.parse(text) as { title: string }).title, /^Postroad \/ /);
  }
});

test('a PodMonitor for each agent and the exporter; nothing unless it was asked for', async () => {
  const objects = await render(all);
  const names = kind(objects, 'PodMonitor').map(({ metadata }) => metadata.name.replace('mail-postroad-', ''));
  assert.deepEqual(names.sort(), ['mda', 'msa', 'mta', 'mua', 'nats', 'ops']);
  assert.deepEqual(monitoringProblems(objects), []);
  const without = await render({});
  assert.deepEqual([...kind(without, 'PodMonitor'), ...kind(without, 'PrometheusRule')], []);
});

test('found: a port that is not read, one that is read twice, one that is closed, a lost role', async () => {
  const objects = await render(all);
  const problems = (change: (copy: KubeObject[]) => KubeObject[]) =>
    monitoringProblems(change(structuredClone(objects))).join('\n');
  assert.match(
    problems((copy) => copy.filter((o) => !(o.kind === 'PodMonitor' && o.metadata.name.endsWith('-mua')))),
    /mua-web: health is read 0 times/,
  );
  assert.match(
    problems((copy) => [...copy, ...kind(copy, 'PodMonitor')]),
    /ops: health is read 2 times/,
  );
  assert.match(
    problems((copy) => copy.filter((o) => !(o.kind === 'NetworkPolicy' && o.metadata.name.endsWith('-ops')))),
    /ops: Prometheus may not come to health/,
  );
  const portless = problems((copy) => {
    for (const { spec } of podsOf(copy)) for (const each of spec.containers) Object.assign(each, { ports: [] });
    return copy;
  });
  assert.match(portless, /has no port health/);
  const roleless = problems((copy) => {
    for (const monitor of kind(copy, 'PodMonitor'))
      Object.assign((monitor['spec'] as { podMetricsEndpoints: object[] }).podMetricsEndpoints[0] ?? {}, {
        relabelings: [],
      });
    return copy;
  });
  assert.match(roleless, /sets no role/);
});
