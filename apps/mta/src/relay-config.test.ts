import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { loadConfig } from '@postroad/config';
import { Metrics } from '@postroad/telemetry';
import { mtaConfig } from './config.ts';
import { relayConfig } from './relay-config.ts';
import { openSession } from './relay/connect.ts';
import { withDefaults } from './relay/settings.ts';

const relay = (env: Record<string, string>) => relayConfig(loadConfig(mtaConfig, { env }), 'test');

test('IPv6 is tried only when asked for; no local address unless one is named', () => {
  assert.equal(relay({}).ipv6, false);
  assert.equal(relay({}).sourceAddress, undefined);
  assert.equal(relay({ POSTROAD_MTA_RELAY_IPV6: 'true' }).ipv6, true);
  assert.throws(() => relay({ POSTROAD_MTA_RELAY_BIND_ADDRESS: '::1' }), /set relayIpv6 to true/);
  assert.throws(() => relay({ POSTROAD_MTA_RELAY_BIND_ADDRESS: 'eth0' }), /POSTROAD_MTA_RELAY_BIND_ADDRESS/);
});

test('connections leave from relayBindAddress', async () => {
  const peers: (string | undefined)[] = [];
  const server = createServer((socket) => {
    peers.push(socket.remoteAddress);
    socket.end('554 5.3.2 not now\r\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const metrics = new Metrics();
  const settings = withDefaults(relay({ POSTROAD_MTA_RELAY_BIND_ADDRESS: '127.0.0.77' }));
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  await assert.rejects(
    openSession({ host: 'peer.test', address: '127.0.0.1', port }, { settings, deps: { logger, metrics } }),
  );
  assert.deepEqual(peers, ['127.0.0.77']);
  assert.match(await metrics.render(), /relay_connects_total\{pool="default",outcome="greeting"\} 1/);
  server.close();
});
