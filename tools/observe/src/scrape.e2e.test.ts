/** Every metric that a panel, a rule or KEDA asks for is in what real agents export, with its labels. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Home, portsAt, Stack } from '@postroad/stack';
import { type Definition, METRICS } from '@postroad/telemetry';
import { REPOSITORY } from '@postroad/testkit';
import { EXPORTER } from './exporter.ts';
import { panelExpressions, ruleExpressions } from './queries.ts';
import { drive, prepareAccounts, startPeer } from './testing/drive.ts';
import { RARE } from './testing/rare.ts';
import { usesOf } from './used.ts';

const PORT_OFFSET = 20_600;
const home = mkdtempSync(join(tmpdir(), 'postroad-scrape-'));
const ports = portsAt(PORT_OFFSET);
const canary = prepareAccounts(new Home(home), 'postroad.test');
const peer = await startPeer();
let stack: Stack;

before(async () => {
  stack = await Stack.start({
    ...{ home, portOffset: PORT_OFFSET },
    env: {
      POSTROAD_MTA_SMART_HOST: `127.0.0.1:${peer.port}`,
      POSTROAD_OPS_CANARY_ADDRESS: canary.address,
      POSTROAD_OPS_CANARY_PASSWORD: canary.password,
      POSTROAD_OPS_CANARY_SUBMISSION: `127.0.0.1:${ports.submissions}`,
      POSTROAD_OPS_CANARY_IMAP: `127.0.0.1:${ports.imaps}`,
      POSTROAD_OPS_CANARY_TLS_CA: join(home, 'certs', 'cert.pem'),
      POSTROAD_OPS_CANARY_SECONDS: '2',
    },
  });
});
after(async () => {
  await stack?.stop();
  peer.close();
  rmSync(home, { recursive: true, force: true });
});

/** Series of all agents: name → labels of one of them. */
async function scrape(): Promise<Map<string, ReadonlySet<string>>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const port of [...Object.values(ports.health), ports.ops]) {
    const text = await fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text());
    for (const [, name = '', labels = ''] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm))
      found.set(name, new Set([...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)));
  }
  return found;
}

const place = { namespace: 'n', roles: [], runbook: '' };
const keyOf = new Map<string, keyof typeof METRICS>();
for (const [key, { name, type }] of Object.entries(METRICS as Readonly<Record<string, Definition>>))
  for (const suffix of type === 'histogram' ? ['_bucket', '_count', '_sum'] : [''])
    keyOf.set(`${name}${suffix}`, key as keyof typeof METRICS);

test('every metric of panels and rules is in a real scrape, with its labels', async (context) => {
  await drive(stack);
  const uses = [...panelExpressions(), ...ruleExpressions(place)]
    .flatMap(({ expr }) => usesOf(expr).metrics)
    .filter(({ name }) => name !== 'up' && !name.includes(':') && !(name in EXPORTER));
  const wanted = uses.filter(({ name }) => RARE[keyOf.get(name) ?? 'buildInfo'] === undefined);
  assert.ok(new Set(wanted.map(({ name }) => name)).size > 40);
  let missing: string[] = [];
  for (let i = 0; i < 200; i++) {
    const found = await scrape();
    missing = [
      ...new Set(
        wanted.flatMap(({ name, labels }) => {
          const there = found.get(name);
          if (there === undefined) return [name];
          return labels
            .filter((each) => !['namespace', 'role', 'pod'].includes(each) && !there.has(each))
            .map((each) => `${name}{${each}}`);
        }),
      ),
    ].sort();
    if (missing.length === 0) break;
    await sleep(500);
  }
  context.diagnostic(`${new Set(wanted.map(({ name }) => name)).size} series looked for`);
  assert.deepEqual(missing, []);
});

test('every metric of the catalogue is counted somewhere in the code: also those that show up only when something breaks', async () => {
  const sources = ['apps', 'libs'].flatMap((root) =>
    readdirSync(join(REPOSITORY, root), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\/src\/.*\.ts$/.test(path) && !path.includes('.test.') && !path.includes('node_modules'))
      .map((path) => readFileSync(join(REPOSITORY, root, path), 'utf8')),
  );
  const text = sources.join('\n');
  for (const key of Object.keys(METRICS)) assert.ok(text.includes(`METRICS.${key}`), `nothing counts METRICS.${key}`);
});

test('numbers that the exporter reads from /varz are in that of a real server', async () => {
  const varz = (await fetch(`http://127.0.0.1:${ports.nats(0)[1]}/varz`).then((answer) => answer.json())) as Record<
    string,
    unknown
  >;
  const names = Object.keys(EXPORTER).flatMap((name) => /^gnatsd_varz_(\w+)$/.exec(name)?.[1] ?? []);
  assert.ok(names.length >= 8);
  for (const name of names) assert.equal(typeof varz[name], 'number', name);
});
