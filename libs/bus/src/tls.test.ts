import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAgent } from './agent.ts';
import type { BusTls } from './bus.ts';
import { connectBus, provision, TestBroker } from './testing/broker.ts';

const dir = mkdtempSync(join(tmpdir(), 'postroad-nats-tls-'));
const at = (name: string) => join(dir, name);
const OPENSSL = 'openssl';
const openssl = (...args: string[]) => execFileSync(OPENSSL, args, { stdio: 'pipe' });
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function authority(name: string): void {
  openssl(
    'req',
    '-x509',
    ...EC,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    at(`${name}.key`),
    '-out',
    at(`${name}.crt`),
  );
}

/** A certificate by `ca`, for a server on loopback and for a client alike. */
function certificate(name: string, ca: string): void {
  writeFileSync(at('extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('req', ...EC, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`));
  const signer = ['-CA', at(`${ca}.crt`), '-CAkey', at(`${ca}.key`), '-extfile', at('extensions'), '-days', '2'];
  openssl('x509', '-req', '-in', at(`${name}.csr`), '-out', at(`${name}.crt`), ...signer);
}

let broker: TestBroker;
const ours: BusTls = { ca: at('ca.crt'), cert: at('agent.crt'), key: at('agent.key') };
before(async () => {
  for (const ca of ['ca', 'other']) authority(ca);
  for (const [name, ca] of [
    ['server', 'ca'],
    ['agent', 'ca'],
    ['stranger', 'other'],
  ] as const)
    certificate(name, ca);
  broker = await TestBroker.start({
    servers: 1,
    tls: { ca: at('ca.crt'), cert: at('server.crt'), key: at('server.key') },
  });
});
after(async () => {
  await broker.stop();
  rmSync(dir, { recursive: true });
  // Connections that were not taken go on asking, and the library has no way to call them back.
  setTimeout(() => process.exit(), 1_000).unref();
});

/** A connection is waited for as long as it takes: none within two seconds is none. */
async function isTaken(to: TestBroker, tls: BusTls | undefined): Promise<boolean> {
  const bus = connectBus(to, 'msa', 'synced', tls);
  bus.catch(() => undefined);
  const taken = await Promise.race([bus.then(() => true), sleep(2_000).then(() => false)]);
  if (taken) await (await bus).close();
  return taken;
}

test('mTLS: our certificate and their authority; durability is asked over https with the same authority', async () => {
  const ops = await connectBus(broker, 'ops', 'synced', ours);
  assert.match(broker.monitors[0] ?? '', /^https:/);
  assert.equal(ops.refusal, null);
  assert.equal(ops.nc.info?.tls_verify, true);
  await ops.close();
});

test('no certificate of ours, one of a stranger, no TLS, or an authority that is not theirs: not taken', async () => {
  const tries: (BusTls | undefined)[] = [
    { ca: at('ca.crt') },
    { ca: at('ca.crt'), cert: at('stranger.crt'), key: at('stranger.key') },
    { ca: at('other.crt'), cert: at('agent.crt'), key: at('agent.key') },
    undefined,
  ];
  assert.deepEqual(await Promise.all(tries.map((tls) => isTaken(broker, tls))), [false, false, false, false]);
});

test('TLS that was asked for is not given up when the server offers none: no password goes out in clear', async () => {
  const plain = await TestBroker.start({ servers: 1 });
  await (await provision(plain)).close();
  await (await connectBus(plain, 'msa')).close();
  assert.equal(await isTaken(plain, ours), false);
  await plain.stop();
});

test('settings that make no sense are refused by a sentence', async () => {
  const settings = {
    ...{ instance: '', healthBind: '127.0.0.1', healthPort: 0, natsServers: broker.servers, natsMonitors: [] },
    ...({ durability: 'relaxed', otlpEndpoint: '', tracesPerSecond: 0, logLevel: 'silent' } as const),
  };
  const open = (natsTlsCa: string, natsTlsCert: string, natsTlsKey: string) =>
    openAgent('msa', { ...settings, natsTlsCa, natsTlsCert, natsTlsKey });
  await assert.rejects(open('x', 'x', ''), /set both or none/);
  await assert.rejects(open('', 'x', 'x'), /which servers to trust/);
});
