import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { formatAddress, reply, type Reply } from '@postroad/smtp';
import { RawClient } from '../testing/index.ts';
import { listenSmtp, type SmtpListener } from './smtp-listener.ts';
import type { SmtpSessionHandler } from './types.ts';

const handler: SmtpSessionHandler = {
  mail: () => null,
  rcpt: (_, { forwardPath }) => (forwardPath.localPart === 'nobody' ? reply(550, '5.1.1', 'Not here') : null),
  data: async (_, { recipients }, content): Promise<readonly Reply[]> => {
    for await (const chunk of content) void chunk;
    return recipients.map(({ forwardPath }) =>
      forwardPath.localPart === 'full'
        ? reply(452, '4.2.2', 'Full')
        : reply(250, '2.1.5', `Filed for ${formatAddress(forwardPath)}`),
    );
  },
};

void describe('an LMTP listener (RFC 2033)', () => {
  let listener: SmtpListener;
  before(async () => {
    listener = await listenSmtp({ host: '127.0.0.1', port: 0, hostname: 'mda.postroad.test', handler, lmtp: true });
  });
  after(() => listener.drain(0));

  async function open(): Promise<RawClient> {
    const client = await RawClient.open(listener.port);
    assert.match(await client.reply(), /^220 \S+ LMTP/);
    return client;
  }

  test('§4.1: LHLO in place of EHLO and HELO; SMTP knows no LHLO', async () => {
    const client = await open();
    assert.match(await client.say('EHLO x.test'), /^500 5\.5\.1/);
    assert.match(await client.say('HELO x.test'), /^500 5\.5\.1/);
    assert.match(await client.say('MAIL FROM:<>'), /^503/);
    const hello = await client.say('LHLO x.test');
    for (const extension of ['PIPELINING', 'ENHANCEDSTATUSCODES', '8BITMIME'])
      assert.match(hello, new RegExp(`^250[- ]${extension}`, 'm'));
    client.destroy();
    const smtp = await listenSmtp({ host: '127.0.0.1', port: 0, hostname: 'mx.postroad.test', handler });
    const other = await RawClient.open(smtp.port);
    await other.reply();
    assert.match(await other.say('LHLO x.test'), /^500 5\.5\.1/);
    other.destroy();
    await smtp.drain(0);
  });

  test('§4.2: without a recipient that was accepted DATA fails with 503', async () => {
    const client = await open();
    await client.say('LHLO x.test');
    await client.say('MAIL FROM:<a@b.test>');
    assert.match(await client.say('RCPT TO:<nobody@postroad.test>'), /^550/);
    assert.match(await client.say('DATA'), /^503/);
    client.destroy();
  });

  test('§4.2: one reply for each recipient that was accepted, in their order', async () => {
    const client = await open();
    await client.say('LHLO x.test');
    await client.say('MAIL FROM:<a@b.test>');
    for (const name of ['one', 'nobody', 'full', 'two']) await client.say(`RCPT TO:<${name}@postroad.test>`);
    assert.match(await client.say('DATA'), /^354/);
    await client.write('Subject: x\r\n\r\nhi\r\n.\r\n');
    assert.match(await client.reply(), /^250 2\.1\.5 Filed for one@/);
    assert.match(await client.reply(), /^452 4\.2\.2/);
    assert.match(await client.reply(), /^250 2\.1\.5 Filed for two@/);
    assert.match(await client.say('NOOP'), /^250/);
    client.destroy();
  });

  test('content that must not be taken is refused once for each recipient', async () => {
    const client = await open();
    await client.say('LHLO x.test');
    await client.say('MAIL FROM:<a@b.test>');
    for (const name of ['one', 'two']) await client.say(`RCPT TO:<${name}@postroad.test>`);
    await client.say('DATA');
    await client.write('Subject: x\r\n\r\na\0b\r\n.\r\n');
    for (let i = 0; i < 2; i++) assert.match(await client.reply(), /^5\d\d/);
    assert.match(await client.say('DATA'), /^503/);
    client.destroy();
  });
});
