import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveHealth } from './health.ts';
import { Metrics } from './metrics/metrics.ts';
import { probe } from './probe.ts';

async function health(options: Partial<Parameters<typeof serveHealth>[0]>) {
  const served = await serveHealth({
    ...{ host: '127.0.0.1', port: 0, metrics: new Metrics(), ready: () => null },
    ...options,
  });
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${served.address.port}${path}`);
    return `${response.status} ${(await response.text()).trim()}`;
  };
  return { ask, close: () => served.close() };
}

test('/livez says no after the event loop was blocked, and /readyz does not care', async () => {
  const { ask, close } = await health({ blockedMs: 700 });
  assert.equal(await ask('/livez'), '200 ok');
  await sleep(1_100);
  // A machine that stalls here blocks the loop indeed; that is told for ten seconds.
  const until = performance.now() + 30_000;
  while ((await ask('/livez')) !== '200 ok' && performance.now() < until) await sleep(100);
  assert.equal(await ask('/livez'), '200 ok', 'an idle loop is not a blocked one');
  const end = performance.now() + 1_000;
  while (performance.now() < end);
  assert.match(await ask('/livez'), /^503 the event loop was blocked for [1-9]\d* s$/);
  assert.equal(await ask('/readyz'), '200 ok');
  await close();
});

test('/metrics tells whether the agent is ready, as it is now', async () => {
  let reason: string | null = 'the broker is away';
  const { ask, close } = await health({ ready: () => reason });
  assert.match(await ask('/metrics'), /^postroad_ready 0$/m);
  reason = null;
  assert.match(await ask('/metrics'), /^postroad_ready 1$/m);
  await close();
});

test('a probe asks what it depends on, keeps the answer, never asks twice at once, and waits for nobody for long', async (t) => {
  // Time passes when the test says so: no stall makes an answer old.
  const now = performance.now.bind(performance);
  let skipped = 0;
  t.mock.method(performance, 'now', () => now() + skipped);
  const keepMs = 3_600_000;
  let asked = 0;
  let outcome: () => Promise<unknown> = () => Promise.resolve();
  const ready = probe(
    'the thing',
    () => {
      asked++;
      return outcome();
    },
    { keepMs, timeoutMs: 50 },
  );
  const { ask, close } = await health({ ready });
  for (let i = 0; i < 5; i++) assert.equal(await ask('/readyz'), '200 ok');
  assert.equal(asked, 1);
  skipped += keepMs;
  outcome = () => Promise.reject(new Error('it is down'));
  assert.equal(await ask('/readyz'), '503 the thing: it is down');
  skipped += keepMs;
  const hung = Promise.withResolvers<void>();
  outcome = () => hung.promise;
  for (let i = 0; i < 3; i++) assert.equal(await ask('/readyz'), '503 the thing: no answer within 50 ms');
  assert.equal(asked, 3);
  hung.resolve();
  assert.equal(await ask('/readyz'), '200 ok');
  await close();
});
