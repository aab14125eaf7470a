import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, suite, test } from 'node:test';
import { StoreError } from '@postroad/mailstore';
import { RawClient } from '@postroad/net/testing';
import { eventuallyHolds } from '@postroad/testkit';
import { type DeliveryHarness, startDelivery } from './testing/delivery.ts';

// Large messages of other processes lie in the machine's own.
const home = mkdtempSync(join(tmpdir(), 'postroad-handover-'));
process.env['TMPDIR'] = home;
after(() => rmSync(home, { recursive: true, force: true }));

const MAIL = 'From: a@example.org\r\nSubject: hello\r\n\r\nHello\r\n';

async function open(harness: DeliveryHarness): Promise<RawClient> {
  const client = await RawClient.open(harness.port);
  assert.match(await client.reply(), /^220 mda\.postroad\.test LMTP/);
  assert.match(await client.say('LHLO client.test'), /^250[- ]/);
  return client;
}

/** A transaction up to the final dot; resolves to the replies to RCPT, then those to the data. */
async function deliver(client: RawClient, names: readonly string[], content: string | Buffer): Promise<string[]> {
  assert.match(await client.say('MAIL FROM:<sender@example.org>'), /^250/);
  const replies: string[] = [];
  for (const name of names) replies.push(await client.say(`RCPT TO:<${name}@postroad.test>`));
  const accepted = replies.filter((text) => text.startsWith('250')).length;
  assert.match(await client.say('DATA'), /^354/);
  await client.write(content);
  await client.write('.\r\n');
  for (let i = 0; i < accepted; i++) replies.push(await client.reply());
  return replies;
}

suite('lmtp (RFC 2033)', () => {
  let harness: DeliveryHarness;
  before(async () => {
    harness = await startDelivery();
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.hints.length = 0;
    harness.events.length = 0;
    delete harness.quotas['bob'];
  });

  test('§4.2: every recipient has an answer of its own: filed, full, unknown', async () => {
    harness.quotas['bob'] = { bytes: 10 };
    const client = await open(harness);
    const replies = await deliver(client, ['alice', 'nobody', 'bob', 'carol'], MAIL);
    assert.deepEqual(
      replies.map((text) => text.slice(0, 9)),
      ['250 2.1.5', '550 5.1.1', '250 2.1.5', '250 2.1.5', '250 2.1.5', '452 4.2.2', '250 2.1.5'],
    );
    const [filed] = await harness.inbox('alice');
    const [prefix = '', rest] = (filed ?? '').split(/(?=From: a@example)/);
    assert.equal(rest, MAIL);
    assert.match(
      prefix,
      /^Return-Path: <sender@example\.org>\r\nDelivered-To: alice@postroad\.test\r\nReceived: from client\.test[\s\S]*by mda\.postroad\.test[\s\S]*with LMTP[\s\S]*id [0-9a-z]+/,
    );
    assert.equal((await harness.inbox('carol')).length, 1);
    assert.equal((await harness.inbox('bob')).length, 0);
    assert.deepEqual(harness.hints, ['account-alice', 'account-carol']);
    assert.deepEqual(
      harness.events.map(({ step, recipients, status }) => [step, recipients?.[0], status]),
      [
        ['delivered', 'alice@postroad.test', undefined],
        ['deferred', 'bob@postroad.test', '4.2.2'],
        ['delivered', 'carol@postroad.test', undefined],
      ],
    );
    client.destroy();
  });

  test('§4.2: with no recipient left DATA is refused', async () => {
    const client = await open(harness);
    await client.say('MAIL FROM:<>');
    assert.match(await client.say('RCPT TO:<nobody@postroad.test>'), /^550/);
    assert.match(await client.say('DATA'), /^503/);
    client.destroy();
  });

  test('RFC 2920: a whole transaction in one write, then another, in one connection', async () => {
    const client = await open(harness);
    const before = (await harness.inbox('alice')).length;
    await client.write('MAIL FROM:<>\r\nRCPT TO:<alice@postroad.test>\r\nRCPT TO:<nobody@postroad.test>\r\nDATA\r\n');
    const replies = [];
    for (let i = 0; i < 4; i++) replies.push((await client.reply()).slice(0, 3));
    assert.deepEqual(replies, ['250', '250', '550', '354']);
    await client.write(`${MAIL}.\r\nMAIL FROM:<b@example.org>\r\nRCPT TO:<alice@postroad.test>\r\nDATA\r\n`);
    for (const expected of ['250', '250', '250', '354']) assert.equal((await client.reply()).slice(0, 3), expected);
    await client.write('Subject: dots\r\n\r\n..\r\n..x\r\n.\r\nQUIT\r\n');
    assert.match(await client.reply(), /^250 2\.1\.5/);
    assert.match(await client.reply(), /^221/);
    const all = await harness.inbox('alice');
    assert.equal(all.length, before + 2);
    assert.match(all.at(-2) ?? '', /^Return-Path: <>\r\n/);
    assert.match(all.at(-1) ?? '', /\r\n\r\n\.\r\n\.x\r\n$/);
  });

  test('a large message goes through a file, which is gone afterwards', async () => {
    const client = await open(harness);
    const big = Buffer.concat([Buffer.from('Subject: big\r\n\r\n'), Buffer.alloc(3 << 20, 'sixteen octets\r\n')]);
    const replies = await deliver(client, ['alice', 'carol'], big);
    assert.deepEqual(
      replies.map((text) => text.slice(0, 3)),
      ['250', '250', '250', '250'],
    );
    const hash = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');
    for (const name of ['alice', 'carol']) {
      const filed = (await harness.inbox(name)).at(-1) ?? '';
      assert.equal(hash(filed.slice(filed.indexOf('Subject: big'))), hash(big.toString('latin1')));
    }
    await eventuallyHolds(async () => assert.deepEqual(await readdir(join(tmpdir(), 'postroad-lmtp')), []));
    client.destroy();
  });

  test('RFC 5321 §6.3: a message that goes in a loop is refused for all', async () => {
    const client = await open(harness);
    const looped = `${'Received: from a by b; Mon, 1 Jan 2024 10:00:00 +0000\r\n'.repeat(100)}${MAIL}`;
    const replies = await deliver(client, ['alice', 'carol'], looped);
    assert.deepEqual(
      replies.slice(2).map((text) => text.slice(0, 9)),
      ['554 5.4.6', '554 5.4.6'],
    );
    assert.match((await deliver(client, ['alice'], MAIL))[1] ?? '', /^250/);
    client.destroy();
  });
});

test('a full mailbox is refused for good when configured so', async () => {
  const harness = await startDelivery({ overQuota: 'refuse' });
  harness.quotas['bob'] = { messages: 1 };
  const client = await open(harness);
  assert.match((await deliver(client, ['bob'], MAIL))[1] ?? '', /^250 2\.1\.5/);
  assert.match((await deliver(client, ['bob'], MAIL))[1] ?? '', /^552 5\.2\.2/);
  assert.equal((await harness.inbox('bob')).length, 1);
  client.destroy();
  await harness.close();
});

test('a store that cannot be written now is no reason to lose mail: 451 for each', async () => {
  for (const code of ['UNAVAILABLE', 'CLOSED'] as const) {
    const harness = await startDelivery();
    const works = harness.store.deliver.bind(harness.store);
    harness.store.deliver = () => Promise.reject(new StoreError(code, 'away'));
    const client = await open(harness);
    const replies = await deliver(client, ['alice', 'bob'], MAIL);
    assert.deepEqual(
      replies.slice(2).map((text) => text.slice(0, 9)),
      ['451 4.3.0', '451 4.3.0'],
    );
    harness.store.deliver = works;
    assert.match((await deliver(client, ['alice'], MAIL))[1] ?? '', /^250/);
    client.destroy();
    await harness.close();
  }
});

test('only hosts that are named may deliver; too large a message is refused', async () => {
  const closed = await startDelivery({ from: ['192.0.2.0/24'] });
  const stranger = await RawClient.open(closed.port);
  assert.match(await stranger.reply(), /^554 5\.7\.1/);
  assert.match(await stranger.say('LHLO x.test'), /^(?:503|closed)/);
  stranger.destroy();
  await closed.close();
  const small = await startDelivery({ from: ['127.0.0.1'], maxSize: 1 << 16 });
  const client = await open(small);
  assert.match(await client.say('MAIL FROM:<> SIZE=70000'), /^552 5\.3\.4/);
  const replies = await deliver(client, ['alice', 'bob'], `${MAIL}${'line of text\r\n'.repeat(6000)}`);
  assert.deepEqual(
    replies.slice(2).map((text) => text.slice(0, 9)),
    ['552 5.3.4', '552 5.3.4'],
  );
  assert.deepEqual(await small.inbox('alice'), []);
  client.destroy();
  await small.close();
});
