import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from '@postroad/testkit';
import { parse } from 'yaml';
import { ROLE_NAMES } from './roles.ts';
import { variablesOf } from './testing/variables.ts';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const DEPLOY = join(REPOSITORY, 'deploy');
const read = (path: string) => parse(readFileSync(join(DEPLOY, path), 'utf8'), { merge: true }) as unknown;
/** `${NAME:-value}` as it is when NAME is not set. */
const resolved = (text: string) => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
const compose = read('compose.yaml') as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const all = Object.entries(compose.services);
const ours = all.filter(([, { image }]) => resolved(image) === 'postroad');
const agents = ours.filter(([, { command }]) => command !== undefined);

test('every role is a service of its own', () => {
  const roles = agents.map(([, { command = [] }]) => [command[0], ...command.slice(2)].join('/'));
  assert.deepEqual(roles.sort(), [...ROLE_NAMES].sort());
});

test('every setting exists in the typed configuration of its agent', () => {
  for (const [name, { command = [], environment = {} }] of agents) {
    const known = variablesOf(command[0] ?? '');
    const unknown = Object.keys(environment).filter((variable) => !known.has(variable));
    assert.deepEqual(unknown, [], name);
    assert.ok(Object.keys(environment).length >= 5, `${name} has ${Object.keys(environment).length} settings`);
  }
});

test('everything of ours is confined', () => {
  assert.equal(ours.length, agents.length + 1, 'the agents and the CLI');
  for (const [name, service] of ours) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.equal(service.user, '10001:10001', name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
  }
});

test('only stores have volumes; every file that is mounted is here', () => {
  const used = new Set<string>();
  for (const [name, { volumes = [] }] of all)
    for (const volume of volumes) {
      const [from = '', , mode] = resolved(volume).split(':');
      if (!from.startsWith('.')) {
        used.add(from);
        assert.ok(!ours.some(([each]) => each === name) || from === 'ops', `${name} keeps ${from}`);
        continue;
      }
      assert.equal(mode, 'ro', `${name}: ${volume}`);
      assert.ok(existsSync(resolve(DEPLOY, from)), `${name}: ${from} is not here`);
    }
  assert.deepEqual([...used].sort(), Object.keys(compose.volumes).sort());
});

test('whoever is waited for says when it is ready, and every agent does', () => {
  for (const [name, { healthcheck, depends_on = {} }] of [...agents, ...all]) {
    assert.ok(healthcheck !== undefined || !agents.some(([each]) => each === name), name);
    for (const [other, { condition }] of Object.entries(depends_on)) {
      assert.equal(condition, 'service_healthy', `${name} → ${other}`);
      assert.ok(compose.services[other]?.healthcheck, `${name} waits for ${other}, which has no health check`);
    }
  }
});

test('every host that is named is a service', () => {
  const text = [
    ...all.flatMap(([, { environment = {} }]) => Object.values(environment)),
    ...all.flatMap(([, { entrypoint = [] }]) => entrypoint),
    ...['compose/collector.yaml', 'compose/grafana/datasources.yaml'].map((path) => JSON.stringify(read(path))),
  ].map(String);
  const { scrape_configs: jobs } = read('compose/prometheus.yaml') as {
    scrape_configs: {
      dns_sd_configs?: { names: string[]; port: number }[];
      static_configs?: { targets: string[] }[];
    }[];
  };
  text.push(...jobs.flatMap((job) => (job.static_configs ?? []).flatMap(({ targets }) => targets)));
  const scraped = jobs.flatMap((job) => (job.dns_sd_configs ?? []).flatMap(({ names }) => names));
  assert.deepEqual(scraped.sort(), agents.map(([name]) => name).sort());
  const urls = text.flatMap((each) => [...resolved(each).matchAll(/[a-z]+:\/\/(?:[^@/\s"]+@)?([a-z0-9.-]+)/g)]);
  const endpoints = text.flatMap((each) => [...each.matchAll(/(?:^|")([a-z][a-z0-9-]*):\d{4}(?:"|$)/g)]);
  const hosts = new Set([...urls, ...endpoints].map(([, host = '']) => host));
  assert.ok(hosts.size >= 8, `${hosts.size} hosts`);
  assert.deepEqual([...hosts].filter((host) => !(host in compose.services)).sort(), []);
});

test('nothing but doors, webmail, console and Grafana is published, and all of it on loopback', () => {
  const published = all.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${resolved(port)}`));
  assert.ok(published.length >= 7);
  for (const line of published) assert.match(line, /^(msa-smtp|mta-mx|mda-imap|mua-web|ops|grafana) 127\.0\.0\.1:\d+:/);
});

test('the broker syncs always, with the users of deploy/nats', () => {
  const conf = readFileSync(join(DEPLOY, 'compose/nats.conf'), 'utf8');
  assert.match(conf, /^include \.\/users\.conf$/m);
  assert.match(conf, /^ {2}sync_interval: always$/m);
  const users = readFileSync(join(DEPLOY, 'nats/nats.conf.example'), 'utf8');
  for (const [name, { command = [], environment = {} }] of agents) {
    const [agent = ''] = command;
    const password = resolved(environment['POSTROAD_NATS_PASSWORD'] ?? '');
    if (agent === 'mua') assert.equal(password, '', 'the webmail has no user at the broker');
    else assert.ok(users.includes(`{ user: ${agent}, password: "${password}"`), name);
  }
});

test('no configuration file is left over', () => {
  const mounted = all.flatMap(([, { volumes = [] }]) => volumes.map((volume) => resolved(volume).split(':')[0] ?? ''));
  for (const name of readdirSync(join(DEPLOY, 'compose')))
    assert.ok(
      mounted.some((path) => `${path}/`.startsWith(`./compose/${name}/`)),
      `compose/${name} is mounted nowhere`,
    );
});
