import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commonShape, defineConfig, port } from './define.ts';
import { ConfigError, loadConfig } from './load.ts';
import { renderReference } from './reference.ts';

const definition = defineConfig({
  agent: 'mta',
  summary: 'Moves mail.',
  shape: { ...commonShape, mxPort: port(10_025, 'Port for the world') },
});

test('defaults, then the file, then the environment; the agent’s own variable before the common one', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'c.json');
  writeFileSync(file, JSON.stringify({ mxPort: 25, hostname: 'file.example' }));
  const env = {
    POSTROAD_HOSTNAME: 'all.example',
    POSTROAD_MTA_HOSTNAME: 'mta.example',
    POSTROAD_NATS_SERVERS: 'a:1, b:2',
  };
  const config = loadConfig(definition, { env, file });
  assert.equal(config.mxPort, 25);
  assert.equal(config.hostname, 'mta.example');
  assert.deepEqual(config.natsServers, ['a:1', 'b:2']);
  assert.equal(loadConfig(definition, { env: {} }).mxPort, 10_025);
});

test('what makes no sense is refused by its name', () => {
  const fails = (env: Record<string, string>, text: RegExp) =>
    assert.throws(
      () => loadConfig(definition, { env }),
      (error: unknown) => error instanceof ConfigError && text.test(error.message),
    );
  fails({ POSTROAD_MTA_MX_PORT: 'many' }, /POSTROAD_MTA_MX_PORT/);
  fails({ POSTROAD_DURABILITY: 'mostly' }, /POSTROAD_DURABILITY/);
  const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'c.json');
  writeFileSync(file, JSON.stringify({ mxport: 25 }));
  assert.throws(() => loadConfig(definition, { env: {}, file }), /mxport/);
});

test('the reference names every setting with its variable, type, default and meaning', () => {
  const page = renderReference(definition);
  assert.match(page, /\| `mxPort` \| `POSTROAD_MTA_MX_PORT` \| integer \| `10025` \| Port for the world \|/);
  for (const key of Object.keys(definition.shape)) assert.ok(page.includes(`\`${key}\``), key);
});
