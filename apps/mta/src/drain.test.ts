import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, SHARDS } from '@postroad/bus';
import { connectBus, provision, settingsFor, TestBroker } from '@postroad/bus/testing';
import { AgentProcess, freePorts } from '@postroad/config/testing';
import { KvDirectoryWriter } from '@postroad/directory';
import { RawClient } from '@postroad/net/testing';
import { openSpool } from '@postroad/spool';
import { eventually } from '@postroad/testkit';

const GOING = '421 4.3.2 The service is going down, try again later';
const BOB = { localPart: 'bob', domain: 'postroad.test' };
let broker: TestBroker;
let ops: Bus;
before(async () => {
  broker = await TestBroker.start({ servers: 1 });
  ops = await provision(broker);
  const directory = new KvDirectoryWriter(ops);
  await directory.addDomain('postroad.test');
  await directory.addAccount({ address: 'bob@postroad.test', password: 'a long password' });
});
after(async () => {
  await ops.close();
  await broker.stop();
});

async function start(drainSeconds: number, roles: string) {
  const [port = 0] = await freePorts(1);
  const settings = {
    ...settingsFor('mta', broker),
    MTA_MX_PORT: `${port}`,
    DRAIN_SECONDS: `${drainSeconds}`,
  };
  const agent = await AgentProcess.start(join(import.meta.dirname, 'main.ts'), settings, ['--role', roles]);
  return { agent, port };
}

async function session(port: number, ...lines: string[]): Promise<RawClient> {
  const client = await RawClient.open(port);
  for (const line of ['', 'EHLO world.test', ...lines])
    assert.match(line === '' ? await client.reply() : await client.say(line), /^[23]/, line);
  return client;
}

/** Waits until a gauge of the agent shows `value`; how long that took, in ms. */
async function gauge(agent: AgentProcess, name: string, value: number): Promise<number> {
  const since = performance.now();
  while (!(await agent.ask('/metrics')).text.includes(`\n${name} ${value}\n`)) {
    if (performance.now() - since > 20_000) throw new Error(`${name} is not ${value}`);
    await sleep(20);
  }
  return performance.now() - since;
}

const TRANSACTION = ['MAIL FROM:<a@world.test>', 'RCPT TO:<bob@postroad.test>', 'DATA'];

test('SIGTERM: idle sessions hear 421, a message under way is taken, leases are free at once, the end is 0', async () => {
  const { agent, port } = await start(60, 'mx,router,relay,finisher');
  await gauge(agent, 'postroad_relay_shards{pool="default"}', SHARDS);
  const [idle, busy] = await Promise.all([session(port), session(port, ...TRANSACTION)]);
  const ended = agent.end();
  assert.equal(await idle.reply(), GOING);
  assert.equal(await agent.until('/readyz', 503), 'draining');
  assert.equal((await agent.ask('/livez')).status, 200);
  // While the mx still takes, the relay has given its shards away already: leases that are not given back last 10 s.
  const next = await start(20, 'relay,finisher');
  assert.ok((await gauge(next.agent, 'postroad_relay_shards{pool="default"}', SHARDS)) < 8_000);
  assert.match(await busy.say('Subject: late\r\n\r\nlate\r\n.'), /^250/);
  assert.equal(await busy.reply(), GOING);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms < 40_000, `${ms}`);
  assert.equal((await next.agent.end()).code, 0);
  const finisher = await ops.readBack('KV_leases', '$KV.leases.finisher');
  assert.match(Buffer.from(finisher?.data ?? []).toString(), /"released":true/);
});

test('a session that does not end is cut after drainSeconds, and the end is 0', async () => {
  const { agent, port } = await start(1, 'mx,router');
  const stuck = await session(port, ...TRANSACTION);
  const ended = agent.end();
  assert.equal(await stuck.reply(), GOING);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms > 900 && ms < 15_000, `${ms}`);
});

test('the router gives its unfinished heads back before it ends', async () => {
  const { agent } = await start(5, 'router');
  const mta = await connectBus(broker, 'mta');
  const spool = await openSpool(mta);
  let hasEnded = false;
  let count = 0;
  // Mail comes without a pause until the router is gone, so it is ended in the middle whatever the machine is like.
  const spooling = Array.from({ length: 20 }, async () => {
    while (!hasEnded) {
      const write = spool.open();
      await write.write(Buffer.from(`Subject: ${count++}\r\n\r\nx\r\n`));
      const envelope = { reversePath: null, recipients: [{ forwardPath: BOB }] };
      await write.commit({ envelope, origin: { kind: 'mx' }, prefix: '' });
    }
  });
  while (count < 200) await sleep(5);
  const { code } = await agent.end().finally(() => (hasEnded = true));
  assert.equal(code, 0);
  await Promise.all(spooling);
  const router = () => ops.jsm.consumers.info('SPOOL', 'router');
  const { num_ack_pending, num_pending, delivered } = await router();
  assert.ok(num_pending > 0, 'it was ended in the middle');
  // Given back ones are no longer pending at anybody: the next router has them at once, before those that nobody had yet.
  const next = await start(5, 'router');
  const since = performance.now();
  await eventually(async () => (await router()).ack_floor.stream_seq >= delivered.stream_seq || 'not done again');
  assert.ok(performance.now() - since < 9_000, `${num_ack_pending} were still in the hands of the first`);
  await eventually(async () => {
    const now = await router();
    return now.num_pending + now.num_ack_pending === 0 || `${now.num_pending} wait`;
  }, 60_000);
  await next.agent.end();
  spool.close();
  await mta.close();
});
