/** deploy/compose: Prometheus reads its configuration and the generated rules, Grafana the chart's dashboards. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from '@postroad/testkit';
import { parse } from 'yaml';
import { DASHBOARDS } from './dashboards/index.ts';
import { COMPOSE_ROLES } from './generate.ts';
import { TARGET_LABELS } from './names.ts';
import { missingPromtool, promtool } from './testing/promtool.ts';

const DEPLOY = join(REPOSITORY, 'deploy');
const read = (path: string) => readFileSync(join(DEPLOY, path), 'utf8');
const config = read('compose/prometheus.yaml');

interface Labelled {
  readonly labels?: object;
}
interface Job {
  readonly dns_sd_configs?: readonly { names: readonly string[] }[];
  readonly static_configs?: readonly Labelled[];
  readonly relabel_configs?: readonly { target_label: string }[];
}

test(
  'promtool reads the configuration of Prometheus and the rules that it names',
  { skip: missingPromtool() },
  async () => {
    const here = config.replace('/etc/prometheus/rules.yaml', 'rules.yaml');
    assert.notEqual(here, config);
    const output = await promtool(['check', 'config', 'c.yaml'], {
      'c.yaml': here,
      'rules.yaml': read('compose/rules.yaml'),
    });
    assert.match(output, /SUCCESS: \d{2} rules found/);
    await assert.rejects(promtool(['check', 'config', 'c.yaml'], { 'c.yaml': here }), /FAILED|does not point/);
  },
);

test('targets have the labels of the PodMonitors, and roles the names of the rules', () => {
  const { scrape_configs: jobs } = parse(config) as { scrape_configs: Job[] };
  const roles = jobs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs.flatMap(({ names }) => names));
  assert.deepEqual(roles.sort(), [...COMPOSE_ROLES].sort());
  for (const { relabel_configs, static_configs = [] } of jobs) {
    const set =
      relabel_configs?.map((each) => each.target_label) ??
      static_configs.flatMap((each) => Object.keys(each.labels ?? {}));
    assert.deepEqual([...set].sort(), [...TARGET_LABELS].sort());
  }
  const rules = read('compose/rules.yaml');
  for (const role of COMPOSE_ROLES) assert.ok(rules.includes(`role="${role}"`), role);
  assert.doesNotMatch(rules, /<\w+>/);
});

test('Grafana is given every dashboard, from the folder that the chart takes them from', () => {
  const compose = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, { volumes: string[] }> };
  const provider = (parse(read('compose/grafana/dashboards.yaml')) as { providers: { options: { path: string } }[] })
    .providers[0];
  const mount = compose.services['grafana']?.volumes.find((volume) => volume.split(':')[1] === provider?.options.path);
  const files = readdirSync(resolve(DEPLOY, mount?.split(':')[0] ?? 'nowhere'));
  assert.deepEqual(files.sort(), DASHBOARDS.map(({ name }) => `${name}.json`).sort());
});
