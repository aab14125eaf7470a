import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Bus, type DeliverRecord, encodeRecord, subjects } from '@postroad/bus';
import { connectBus, provision, settingsFor, TestBroker } from '@postroad/bus/testing';
import { AgentProcess, freePorts } from '@postroad/config/testing';
import { type Account, KvDirectoryWriter } from '@postroad/directory';
import { RawClient, testCertificate } from '@postroad/net/testing';
import { openSpool, type Spool } from '@postroad/spool';
import { eventuallyHolds } from '@postroad/testkit';

const home = mkdtempSync(join(tmpdir(), 'postroad-mda-metrics-'));
let broker: TestBroker;
let ops: Bus;
let mta: Bus;
let spool: Spool & { close(): void };
let agent: AgentProcess;
let directory: KvDirectoryWriter;
let lmtp = 0;
before(async () => {
  broker = await TestBroker.start({ servers: 1 });
  ops = await provision(broker);
  mta = await connectBus(broker, 'mta');
  spool = await openSpool(mta);
  directory = new KvDirectoryWriter(ops);
  await directory.addDomain('postroad.test');
  const [imap = 0, imaps = 0, lmtpPort = 0] = await freePorts(3);
  lmtp = lmtpPort;
  const { cert, key } = testCertificate();
  agent = await AgentProcess.start(join(import.meta.dirname, 'main.ts'), {
    ...settingsFor('mda', broker),
    TLS_CERT: cert,
    TLS_KEY: key,
    MDA_IMAP_PORT: `${imap}`,
    MDA_IMAPS_PORT: `${imaps}`,
    MDA_LMTP_PORT: `${lmtp}`,
    MDA_STORE_DIR: join(home, 'mail'),
  });
});
after(async () => {
  await agent.end();
  spool.close();
  await mta.close();
  await ops.close();
  await broker.stop();
  rmSync(home, { recursive: true, force: true });
});

async function value(series: string): Promise<number | undefined> {
  const { text } = await agent.ask('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`postroad_${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

/** A message in the spool and its work item for one account, as the router leaves them. */
async function deliver({ id: accountId, address }: Account): Promise<void> {
  const forwardPath = { localPart: address.split('@', 1)[0] ?? '', domain: 'postroad.test' };
  const write = spool.open();
  await write.write(Buffer.from('Subject: x\r\n\r\nx\r\n'));
  const envelope = { reversePath: null, recipients: [{ forwardPath }] };
  const { queueId } = await write.commit({ envelope, origin: { kind: 'mx' }, prefix: '' });
  const recipients = [{ forwardPath, finalRecipient: address, accountId }];
  const record: DeliverRecord = { v: 1, queueId, reversePath: null, prefix: '', recipients };
  const subject = subjects.deliver(queueId, '0');
  await mta.publish('DELIVER', subject, encodeRecord(record), { msgId: subject, expect: 0 });
}

async function becomes(series: string, wanted: number): Promise<void> {
  await eventuallyHolds(async () => assert.equal(await value(series), wanted, series));
}

test('real deliveries: batches, commits, the way from accepted to filed, no room; and LMTP', async () => {
  const bob = await directory.addAccount({ address: 'bob@postroad.test', password: 'a long password' });
  const full = await directory.addAccount({ address: 'full@postroad.test', password: 'a long password' });
  await directory.setQuota(full.address, { bytes: 10 });
  await Promise.all([...Array.from({ length: 5 }, () => deliver(bob)), deliver(full)]);
  await becomes('deliveries_total{outcome="delivered"}', 5);
  await becomes('deliveries_total{outcome="deferred"}', 1);
  await becomes('delivery_seconds_count', 5);
  assert.ok(((await value('delivery_seconds_sum')) ?? 0) > 0);
  await becomes('deliver_batch_messages_sum', 6);
  await eventuallyHolds(async () =>
    assert.equal(await value('deliver_commit_seconds_count'), await value('deliver_batch_messages_count')),
  );
  assert.ok(((await value('deliver_commit_seconds_sum')) ?? 0) > 0);
  await becomes('quota_refusals_total{door="deliver"}', 1);

  await directory.setQuota(bob.address, { bytes: 10 });
  const client = await RawClient.open(lmtp);
  await client.reply();
  for (const line of ['LHLO x.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<bob@postroad.test>', 'DATA'])
    assert.match(await client.say(line), /^[23]/);
  assert.match(await client.say('Subject: y\r\n\r\ny\r\n.'), /^452 4\.2\.2/);
  client.destroy();
  await becomes('quota_refusals_total{door="lmtp"}', 1);
  await becomes('smtp_messages_total{door="lmtp",outcome="deferred"}', 1);
  await becomes('sessions_opened_total{door="lmtp"}', 1);
  await eventuallyHolds(async () => assert.ok(((await value('bus_publish_seconds_count{stream="QUEUE"}')) ?? 0) >= 1));
  await becomes('bus_connected', 1);
});

test('how far the text index is behind is told', async () => {
  await eventuallyHolds(async () => assert.equal(typeof (await value('store_search_behind_messages')), 'number'));
});
