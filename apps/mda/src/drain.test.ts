import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Bus, type DeliverRecord, encodeRecord, subjects } from '@postroad/bus';
import { connectBus, provision, settingsFor, TestBroker } from '@postroad/bus/testing';
import { AgentProcess, freePorts } from '@postroad/config/testing';
import { KvDirectoryWriter } from '@postroad/directory';
import { RawClient, testCertificate } from '@postroad/net/testing';
import { openSpool, type Spool } from '@postroad/spool';
import { eventually } from '@postroad/testkit';
import { DELIVER_CONSUMER } from './deliver/role.ts';

const BOB = { localPart: 'bob', domain: 'postroad.test' };
const GOING = '421 4.3.2 The service is going down, try again later';
const home = mkdtempSync(join(tmpdir(), 'postroad-mda-drain-'));
let broker: TestBroker;
let ops: Bus;
let mta: Bus;
let spool: Spool & { close(): void };
let accountId = '';
before(async () => {
  broker = await TestBroker.start({ servers: 1 });
  ops = await provision(broker);
  mta = await connectBus(broker, 'mta');
  spool = await openSpool(mta);
  const directory = new KvDirectoryWriter(ops);
  await directory.addDomain('postroad.test');
  accountId = (await directory.addAccount({ address: 'bob@postroad.test', password: 'a long password' })).id;
});
after(async () => {
  spool.close();
  await mta.close();
  await ops.close();
  await broker.stop();
  rmSync(home, { recursive: true, force: true });
});

async function start(drainSeconds: number) {
  const [imap = 0, imaps = 0, lmtp = 0] = await freePorts(3);
  const { cert, key } = testCertificate();
  const agent = await AgentProcess.start(join(import.meta.dirname, 'main.ts'), {
    ...settingsFor('mda', broker),
    TLS_CERT: cert,
    TLS_KEY: key,
    MDA_IMAP_PORT: `${imap}`,
    MDA_IMAPS_PORT: `${imaps}`,
    MDA_LMTP_PORT: `${lmtp}`,
    MDA_STORE_DIR: join(home, 'mail'),
    DRAIN_SECONDS: `${drainSeconds}`,
  });
  return { agent, lmtp };
}

/** A message in the spool and its work item, as the router leaves them. */
async function deliver(i: number): Promise<void> {
  const write = spool.open();
  await write.write(Buffer.from(`Subject: ${i}\r\n\r\nx\r\n`));
  const envelope = { reversePath: null, recipients: [{ forwardPath: BOB }] };
  const { queueId } = await write.commit({ envelope, origin: { kind: 'mx' }, prefix: '' });
  const record: DeliverRecord = {
    ...{ v: 1, queueId, reversePath: null, prefix: '' },
    recipients: [{ forwardPath: BOB, finalRecipient: 'bob@postroad.test', accountId }],
  };
  const subject = subjects.deliver(queueId, '0');
  await mta.publish('DELIVER', subject, encodeRecord(record), { msgId: subject, expect: 0 });
}

const left = async () => (await ops.jsm.streams.info('DELIVER')).state.messages;

test('SIGTERM: what deliver had in hand is the next one’s at once; LMTP finishes, its idle sessions hear 421', async () => {
  const { agent, lmtp } = await start(60);
  const [idle, busy] = await Promise.all([RawClient.open(lmtp), RawClient.open(lmtp)]);
  for (const client of [idle, busy]) {
    assert.match(await client.reply(), /^220/);
    assert.match(await client.say('LHLO mta.test'), /^250/);
  }
  for (const line of ['MAIL FROM:<a@x.test>', 'RCPT TO:<bob@postroad.test>', 'DATA'])
    assert.match(await busy.say(line), /^[23]/);
  assert.match(
    (await agent.ask('/metrics')).text,
    /postroad_tls_certificate_expiry_seconds\{name="mx\.postroad\.test"\} \d{10}$/m,
  );
  const work = Array.from({ length: 600 }, (_, i) => deliver(i));
  await work[150];
  const ended = agent.end();
  assert.equal(await idle.reply(), GOING);
  assert.equal(await agent.until('/readyz', 503), 'draining');
  assert.equal((await agent.ask('/livez')).status, 200);
  assert.match(await busy.say('Subject: late\r\n\r\nlate\r\n.'), /^250/);
  assert.equal(await busy.reply(), GOING);
  await Promise.all(work);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms < 40_000, `${ms}`);
  assert.ok((await left()) > 0, 'it was ended in the middle');
  const consumer = () => ops.jsm.consumers.info('DELIVER', DELIVER_CONSUMER);
  const { delivered } = await consumer();
  const next = await start(20);
  const since = performance.now();
  // Items that are not given back come again after 15 s; those given back come first.
  await eventually(async () => (await consumer()).ack_floor.stream_seq >= delivered.stream_seq || 'not done again');
  assert.ok(performance.now() - since < 9_000, `${performance.now() - since}`);
  await eventually(async () => (await left()) === 0 || 'some are left', 60_000);
  assert.equal((await next.agent.end()).code, 0);
  const lease = await ops.readBack('KV_leases', '$KV.leases.local-retry');
  assert.match(Buffer.from(lease?.data ?? []).toString(), /"released":true/);
});

test('a session that does not end is cut after drainSeconds, and the end is 0', async () => {
  const { agent, lmtp } = await start(1);
  const stuck = await RawClient.open(lmtp);
  await stuck.reply();
  for (const line of ['LHLO x', 'MAIL FROM:<a@x.test>', 'RCPT TO:<bob@postroad.test>', 'DATA']) await stuck.say(line);
  const ended = agent.end();
  assert.equal(await stuck.reply(), GOING);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms > 900 && ms < 15_000, `${ms}`);
});
