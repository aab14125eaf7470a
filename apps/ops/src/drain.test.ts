import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Bus } from '@postroad/bus';
import { provision, settingsFor, TestBroker } from '@postroad/bus/testing';
import { AgentProcess, freePorts } from '@postroad/config/testing';
import { eventually } from '@postroad/testkit';

let broker: TestBroker;
let bus: Bus;
const home = mkdtempSync(join(tmpdir(), 'postroad-ops-drain-'));
before(async () => {
  broker = await TestBroker.start({ servers: 1 });
  bus = await provision(broker);
});
after(async () => {
  await bus.close();
  await broker.stop();
  rmSync(home, { recursive: true, force: true });
});

/** A started ops, and a request to it whose last octet is missing. */
async function start(drainSeconds: number) {
  const [httpPort = 0, otlpPort = 0] = await freePorts(2);
  const agent = await AgentProcess.start(join(import.meta.dirname, 'main.ts'), {
    ...settingsFor('ops', broker),
    OPS_HTTP_PORT: `${httpPort}`,
    OPS_OTLP_PORT: `${otlpPort}`,
    OPS_STORE_DIR: join(home, 'store'),
    OPS_TOKEN_FILE: join(home, 'token'),
    DRAIN_SECONDS: `${drainSeconds}`,
  });
  const open = connect(httpPort, '127.0.0.1');
  open.on('error', () => undefined);
  open.write(
    `POST /sign-in HTTP/1.1\r\nHost: ops\r\nOrigin: http://ops\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{`,
  );
  await once(open, 'connect');
  await fetch(`http://127.0.0.1:${httpPort}/livez`).then((page) => page.text());
  return { agent, open, httpPort };
}

test('SIGTERM: unready at once, requests under way are answered, events go back, and the end is 0', async () => {
  const { agent, open, httpPort } = await start(60);
  const data = Buffer.from(JSON.stringify({ v: 1, events: [] }));
  const burst = Array.from({ length: 500 }, (_, i) => bus.publish('EVENTS', 'evt.1', data, { msgId: `${i}` }));
  await burst[100];
  const ended = agent.end();
  await Promise.all(burst);
  assert.equal(await agent.until('/readyz', 503), 'draining');
  assert.equal((await agent.ask('/livez')).status, 200);
  await assert.rejects(fetch(`http://127.0.0.1:${httpPort}/`));
  open.write('}');
  const [answer] = (await once(open, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 [345]\d\d /);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms < 40_000, `${ms}`);
  // What it had in hand is the next one's at once, not after the broker's ack wait of 15 s.
  const consumer = () => bus.jsm.consumers.info('EVENTS', 'ops');
  const { delivered } = await consumer();
  const next = await start(1);
  const since = performance.now();
  await eventually(async () => (await consumer()).ack_floor.stream_seq >= delivered.stream_seq || 'not done again');
  assert.ok(performance.now() - since < 8_000, `${performance.now() - since}`);
  await eventually(async () => {
    const { num_ack_pending, num_pending } = await consumer();
    return num_ack_pending + num_pending === 0 || `${num_pending} wait`;
  }, 60_000);
  await next.agent.end();
});

test('a request that does not end is cut after drainSeconds, and the end is 0', async () => {
  const { agent } = await start(1);
  const { code, ms } = await agent.end();
  assert.equal(code, 0);
  assert.ok(ms > 900 && ms < 15_000, `${ms}`);
});
