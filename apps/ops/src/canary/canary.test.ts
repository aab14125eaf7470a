import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@postroad/bus';
import { provision, TestBroker } from '@postroad/bus/testing';
import { loadConfig } from '@postroad/config';
import { Metrics } from '@postroad/telemetry';
import { eventually } from '@postroad/testkit';
import { opsConfig } from '../config.ts';
import { startCanary } from './canary.ts';
import { canarySettings } from './settings.ts';

let broker: TestBroker;
let bus: Bus;
before(async () => {
  broker = await TestBroker.start({ servers: 1 });
  bus = await provision(broker);
});
after(async () => {
  await bus.close();
  await broker.stop();
});

const settingsOf = (env: Record<string, string>) =>
  canarySettings(
    loadConfig(opsConfig, {
      env: Object.fromEntries(Object.entries(env).map(([name, value]) => [`POSTROAD_OPS_CANARY_${name}`, value])),
    }),
  );
const ACCOUNT = { ADDRESS: 'canary@postroad.test', PASSWORD: 'secret' };

/** Runs so far, by outcome. */
async function runs(metrics: Metrics): Promise<Record<string, number>> {
  const found = (await metrics.render()).matchAll(/^postroad_canary_runs_total\{outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...found].map(([, outcome = '', count]) => [outcome, Number(count)]));
}

/** Starts one of several, with what it says. */
function start(instance: string, env: Record<string, string>, timeoutMs: number) {
  const settings = settingsOf({ ...ACCOUNT, ...env });
  assert.ok(settings);
  const [metrics, said] = [new Metrics(), [] as string[]];
  const note = (_: object, text: string) => void said.push(text);
  const logger = { info: note, warn: note, error: note };
  return { metrics, said, canary: startCanary({ bus, metrics, logger, instance }, settings, timeoutMs) };
}

test('off by default; half of the settings is a mistake that is named', () => {
  assert.equal(settingsOf({}), null);
  assert.throws(() => settingsOf({ ADDRESS: 'canary@postroad.test' }), /canaryPassword is not/);
  assert.throws(() => settingsOf({ ...ACCOUNT, IMAP: 'mail.example' }), /canaryImap is mail\.example: say it like/);
  assert.throws(() => settingsOf({ ...ACCOUNT, SUBMISSION: 'mail.example:99999' }), /canarySubmission/);
  const settings = settingsOf({ ...ACCOUNT, IMAP: '[::1]:993', SECONDS: '5' });
  assert.deepEqual(settings?.imap, { host: '::1', port: 993 });
  assert.equal(settings?.everyMs, 5_000);
});

test('of two processes one flies, and the other takes over when it ends', async () => {
  const env = { SUBMISSION: '127.0.0.1:1', SECONDS: '1' };
  const first = start('a', env, 5_000);
  await eventually(async () => ((await runs(first.metrics))['submit'] ?? 0) >= 1 || 'no flight');
  const second = start('b', env, 5_000);
  await eventually(async () => ((await runs(first.metrics))['submit'] ?? 0) >= 3 || 'no flight');
  assert.deepEqual(await runs(second.metrics), {});
  assert.doesNotMatch(await second.metrics.render(), /^postroad_canary_success /m);
  assert.match(await first.metrics.render(), /^postroad_canary_success 0$/m);
  await first.canary.drain();
  assert.doesNotMatch(await first.metrics.render(), /^postroad_canary_success /m, 'another one tells from now on');
  await eventually(async () => ((await runs(second.metrics))['submit'] ?? 0) >= 1 || 'no flight');
  await second.canary.drain();
  assert.ok(first.said.some((text) => /lost at the step submit/.test(text)));
  assert.ok(![...first.said, ...second.said].some((text) => text.includes(ACCOUNT.PASSWORD)));
});

test('a server that says nothing is waited for no longer than the limit, and not at all at a drain', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const env = { SUBMISSION: `127.0.0.1:${(silent.address() as AddressInfo).port}`, SECONDS: '1' };
  const short = start('c', env, 300);
  await eventually(async () => ((await runs(short.metrics))['submit'] ?? 0) >= 1 || 'no flight');
  assert.ok(short.said.some((text) => text.includes('nothing after 300 ms')));
  await short.canary.drain();
  const long = start('d', env, 30_000);
  const before = sockets.length;
  await eventually(() => sockets.length > before || 'nobody came');
  await sleep(50);
  const since = performance.now();
  await long.canary.drain();
  assert.ok(performance.now() - since < 10_000);
  assert.deepEqual(await runs(long.metrics), {}, 'one that was given up is none');
  silent.close();
  for (const socket of sockets) socket.destroy();
});
