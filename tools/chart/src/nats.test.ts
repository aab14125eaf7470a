import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { AGENTS, Bus, checkDurability, CONSUMERS, provisionBuckets, provisionStreams } from '@postroad/bus';
import { unknownIn } from '@postroad/observe';
import { type BrokerPlace, natsServer, TestBroker } from '@postroad/testkit';
import { type KubeObject, render } from './helm.ts';
import { ROOT } from './place.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const objects = await render({ bind: '0.0.0.0', nats: { bind: '127.0.0.1' } });
const configOf = (all: readonly KubeObject[]) => {
  const found = all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.endsWith('-nats'));
  return (found?.['data'] as Record<string, string> | undefined)?.['nats.conf'] ?? '';
};
const config = configOf(objects);

/** What the chart renders, with the places of three pods put where three processes can be. */
function onThisMachine(place: BrokerPlace, routes: readonly string[]): string {
  const changes: [RegExp, string][] = [
    [/\$POD_NAME/, JSON.stringify(place.name)],
    [/^port: 4222$/m, `port: ${place.port}`],
    [/^http_port: 8222$/m, `http_port: ${place.monitorPort}`],
    [/\/run\/nats\/nats\.pid/, join(place.dir, 'pid')],
    [/store_dir: "\/data"/, `store_dir: ${JSON.stringify(place.dir)}`],
    [/127\.0\.0\.1:6222/, `127.0.0.1:${place.clusterPort}`],
    [/routes: \[[^\]]*\]/, `routes: ${JSON.stringify(routes)}`],
  ];
  return changes.reduce((text, [pattern, value]) => {
    assert.match(text, pattern);
    return text.replace(pattern, () => value);
  }, config);
}

for (const agent of AGENTS) process.env[`NATS_${agent.toUpperCase()}`] = `p12e5-${agent}`;
const broker = await TestBroker.start(3, onThisMachine);
const open: Bus[] = [];
after(async () => {
  // Those of a test that failed too: they would look for their servers forever.
  await Promise.all(open.map((bus) => bus.close()));
  await broker.stop();
});

async function connect(agent: string): Promise<Bus> {
  const bus = await Bus.connect({
    ...{ servers: broker.servers, monitors: broker.monitors, agent, password: `p12e5-${agent}` },
    ...{ durability: 'synced' as const, logger: silent },
  });
  open.push(bus);
  return bus;
}

test('three real servers with the configuration of the chart sync always and hold three copies', async () => {
  await checkDurability(broker.monitors, 'synced');
  const ops = await connect('ops');
  await provisionStreams(ops.jsm, {
    ...{ replicas: 3, spoolBytes: 1 << 20, recordBytes: 1 << 20, eventBytes: 1 << 20, eventAgeDays: 1 },
  });
  await provisionBuckets(ops.jsm, 3);
  const { config: stream } = await ops.jsm.streams.info('SPOOL');
  assert.equal(stream.num_replicas, 3);
});

test('each agent gets in with its own password, and may do what its role asks', async () => {
  const msa = await connect('msa');
  assert.equal((await msa.jsm.streams.info('SPOOL')).config.name, 'SPOOL');
  await assert.rejects(msa.jsm.streams.delete('SPOOL'), 'the msa deletes a stream');
});

test('with TLS the configuration is one that a real server reads', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'postroad-nats-tls-'));
  try {
    for (const replicas of [1, 3]) {
      const secured = await render({
        nats: { replicas, tls: { existingSecret: 'nats-tls', clientSecret: 'nats-client' } },
      });
      const text = configOf(secured);
      assert.equal(text.match(/verify: true/g)?.length, replicas === 1 ? 1 : 2);
      // Any certificate will do; helm has just made one.
      const certificate = secured.find((o) => o.kind === 'Secret' && o.metadata.name.endsWith('-tls'));
      for (const [file, content] of Object.entries(certificate?.['data'] as Record<string, string>))
        await writeFile(join(dir, file), Buffer.from(content, 'base64'));
      const path = join(dir, 'nats.conf');
      await writeFile(path, text.replaceAll('/etc/nats/tls', dir).replace('$POD_NAME', 'nats-0'));
      const { stderr } = await promisify(execFile)(natsServer(), ['-t', '-c', path]);
      assert.match(stderr, /configuration file .* is valid/);
    }
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('KEDA asks about streams and consumers that there are', async () => {
  const keda = await render({ autoscaling: { kind: 'keda', prometheus: 'http://p:9090' } });
  const triggers = keda
    .filter(({ kind }) => kind === 'ScaledObject')
    .flatMap(
      (object) => (object['spec'] as { triggers: { type: string; metadata: Record<string, string> }[] }).triggers,
    );
  const pairs = triggers
    .filter((t) => t.type === 'nats-jetstream')
    .map(({ metadata: m }) => `${m['stream']} ${m['consumer']}`);
  const known = [CONSUMERS.deliver, CONSUMERS.router];
  assert.deepEqual(
    pairs.sort(),
    known.map(({ stream, durable }) => `${stream} ${durable}`),
  );
  const sources = ['apps/mta/src/main.ts', 'apps/mta/src/relay/role.ts', 'apps/msa/src/main.ts', 'apps/mda/src/main.ts']
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');
  const queries = triggers.filter((t) => t.type === 'prometheus').map(({ metadata }) => metadata['query'] ?? '');
  assert.equal(queries.length, 5);
  for (const query of queries) {
    assert.deepEqual(unknownIn(query), [], query);
    const door = /door="(\w+)"/.exec(query)?.[1];
    if (door !== undefined) assert.ok(sources.includes(`door: '${door}'`), door);
    assert.doesNotMatch(query, /deferred/);
  }
});

test('scaling down is slow everywhere', async () => {
  for (const kind of ['hpa', 'keda']) {
    const all = await render({ autoscaling: { kind, prometheus: 'http://p:9090' } });
    const scalers = all.filter((o) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(o.kind));
    assert.ok(scalers.length >= 6, `${scalers.length}`);
    for (const scaler of scalers) {
      const down = JSON.stringify(scaler['spec']);
      assert.match(
        down,
        /"scaleDown":\{"stabilizationWindowSeconds":600,"policies":\[\{"type":"Pods","value":1,"periodSeconds":60\}\]/,
      );
    }
    const lagging = scalers.filter((o) => JSON.stringify(o).includes('nats-jetstream'));
    for (const each of lagging) assert.ok((each['spec'] as { fallback?: object }).fallback, each.metadata.name);
  }
});
