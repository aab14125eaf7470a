import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Bus } from '@postroad/bus';
import { provision, settingsFor, TestBroker } from '@postroad/bus/testing';
import { AgentProcess, freePorts } from '@postroad/config/testing';
import { KvDirectoryWriter } from '@postroad/directory';
import { RawClient, testCertificate } from '@postroad/net/testing';

const PLAIN = `AUTH PLAIN ${Buffer.from('\0alice@postroad.test\0a long password').toString('base64')}`;
const GOING = '421 4.3.2 The service is going down, try again later';
let broker: TestBroker;
let ops: Bus;
before(async () => {
  broker = await TestBroker.start({ servers: 1 });
  ops = await provision(broker);
  const directory = new KvDirectoryWriter(ops);
  await directory.addDomain('postroad.test');
  await directory.addAccount({ address: 'alice@postroad.test', password: 'a long password' });
});
after(async () => {
  await ops.close();
  await broker.stop();
});

async function start(drainSeconds: number) {
  const [submission = 0, submissions = 0] = await freePorts(2);
  const { cert, key } = testCertificate();
  const agent = await AgentProcess.start(join(import.meta.dirname, 'main.ts'), {
    ...settingsFor('msa', broker),
    TLS_CERT: cert,
    TLS_KEY: key,
    MSA_SUBMISSION_PORT: `${submission}`,
    MSA_SUBMISSIONS_PORT: `${submissions}`,
    DRAIN_SECONDS: `${drainSeconds}`,
  });
  const inData = await RawClient.open(submissions, { tls: true });
  await inData.reply();
  const lines = ['EHLO laptop.test', PLAIN, 'MAIL FROM:<alice@postroad.test>', 'RCPT TO:<alice@postroad.test>', 'DATA'];
  for (const line of lines) assert.match(await inData.say(line), /^[23]/, line);
  return { agent, submission, inData };
}

test('SIGTERM: unready at once, idle sessions hear 421, a message under way is taken, and the end is 0', async () => {
  const { agent, submission, inData } = await start(60);
  const idle = await RawClient.open(submission);
  await idle.reply();
  await idle.say('EHLO laptop.test');
  assert.match(
    (await agent.ask('/metrics')).text,
    /^postroad_tls_certificate_expiry_seconds\{name="mx\.postroad\.test"\} \d{10}$/m,
  );
  const ended = agent.end();
  assert.equal(await idle.reply(), GOING);
  assert.equal(await agent.until('/readyz', 503), 'draining');
  assert.equal((await agent.ask('/livez')).status, 200);
  await assert.rejects(RawClient.open(submission), /ECONNREFUSED/);
  const message = 'From: alice@postroad.test\r\nTo: alice@postroad.test\r\nSubject: late\r\n\r\nlate\r\n.';
  assert.match(await inData.say(message), /^250 2\.0\.0 OK, queued as/);
  assert.equal(await inData.reply(), GOING);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms < 40_000, `${ms}`);
  assert.equal((await ops.jsm.streams.info('SPOOL')).state.messages, 1);
});

test('a session that does not end is cut after drainSeconds, and the end is 0', async () => {
  const { agent, inData } = await start(1);
  const ended = agent.end();
  assert.equal(await inData.reply(), GOING);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms > 900 && ms < 15_000, `${ms}`);
});
