import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { reply, type Reply } from '@postroad/smtp';
import { eventually, eventuallyHolds } from '@postroad/testkit';
import { RawClient, testTls } from '../testing/index.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { listenSmtp, type SmtpListener, type SmtpListenerOptions } from './smtp-listener.ts';
import { envelopeOf, type SmtpSessionHandler } from './types.ts';

interface Taken {
  readonly envelope: ReturnType<typeof envelopeOf>;
  readonly content: string;
}

/** Takes everything and remembers it; local parts name the exceptions. */
class Recorder implements SmtpSessionHandler<string> {
  readonly taken: Taken[] = [];
  readonly failures: string[] = [];
  mails = 0;

  mail(): Reply | null {
    this.mails++;
    return null;
  }
  rcpt(_: unknown, { forwardPath }: { forwardPath: { localPart: string } }): Reply | null {
    if (forwardPath.localPart === 'unknown') return reply(550, '5.1.1', 'No such user');
    if (forwardPath.localPart === 'broken') throw new Error('secret detail');
    return null;
  }
  auth(_: unknown, { username, password }: { username: string; password: string }) {
    return Promise.resolve(password === 'right' ? { user: username } : null);
  }
  async data(
    _: unknown,
    transaction: Parameters<SmtpSessionHandler['data']>[1],
    content: AsyncIterable<Buffer>,
  ): Promise<Reply> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of content) chunks.push(Buffer.from(chunk));
    } catch (error) {
      this.failures.push(String(error));
      throw error;
    }
    this.taken.push({ envelope: envelopeOf(transaction), content: Buffer.concat(chunks).toString('latin1') });
    return reply(250, '2.6.0', 'Stored');
  }
}

const HELLO = 'EHLO client.test';
const MAIL = 'MAIL FROM:<a@x.test>';
const RCPT = 'RCPT TO:<b@y.test>';

void describe('what smtp-server thinks and we do not', () => {
  let tls: TlsContexts;
  let recorder: Recorder;
  const listeners: SmtpListener[] = [];
  const clients: RawClient[] = [];

  before(async () => {
    tls = await testTls();
  });
  after(async () => {
    for (const client of clients) client.destroy();
    await Promise.all(listeners.map((listener) => listener.drain(0)));
  });

  async function listen(options: Partial<SmtpListenerOptions<string>> = {}): Promise<SmtpListener> {
    recorder = new Recorder();
    const listener = await listenSmtp<string>({
      host: '127.0.0.1',
      port: 0,
      hostname: 'mx.postroad.test',
      tls,
      handler: recorder,
      ...options,
    });
    listeners.push(listener);
    return listener;
  }

  /** A client past the greeting. */
  async function open(listener: SmtpListener, options: Parameters<typeof RawClient.open>[1] = {}): Promise<RawClient> {
    const client = await RawClient.open(listener.port, options);
    clients.push(client);
    assert.match(await client.reply(), /^220 mx\.postroad\.test ESMTP/);
    return client;
  }

  /** A client for which `lines` were answered positively. */
  async function ready(listener: SmtpListener, ...lines: string[]): Promise<RawClient> {
    const client = await open(listener);
    for (const line of lines) assert.match(await client.say(line), /^[23]/, line);
    return client;
  }

  test('the EHLO list is ours, and AUTH is in it only under TLS', async () => {
    const client = await open(await listen());
    assert.equal(
      await client.say(HELLO),
      [
        'mx.postroad.test',
        'PIPELINING',
        'SIZE 26214400',
        '8BITMIME',
        'ENHANCEDSTATUSCODES',
        'DSN',
        'SMTPUTF8',
        'STARTTLS',
      ]
        .map((word, i) => `250${i < 7 ? '-' : ' '}${word}`)
        .join('\n'),
    );
    assert.equal(await client.say('STARTTLS'), '220 2.0.0 Ready to start TLS');
    await client.startTls();
    assert.equal(await client.say(MAIL), '503 5.5.1 Send EHLO first');
    assert.match(await client.say(HELLO), /SMTPUTF8\n250 AUTH PLAIN LOGIN$/);
    assert.equal(await client.say('STARTTLS'), '503 5.5.1 TLS is active already');
  });

  test('paths are read by the codec: quoted local parts, A-labels, long local parts', async () => {
    const client = await ready(
      await listen(),
      HELLO,
      `MAIL FROM:<${'v'.repeat(100)}@x.test>`,
      'RCPT TO:<"a b"@XN--BCHER-KVA.example>',
      'DATA',
    );
    assert.equal(await client.say('\r\n.'), '250 2.6.0 Stored');
    assert.deepEqual(recorder.taken[0]?.envelope.recipients, [
      { forwardPath: { localPart: 'a b', domain: 'xn--bcher-kva.example' } },
    ]);
  });

  test('parameters: unknown and not offered ones are 555, malformed ones 501, DSN ones kept', async () => {
    const client = await ready(await listen(), HELLO);
    assert.match(await client.say(`${MAIL} FOO=1`), /^555 5\.5\.4/);
    assert.match(await client.say(`${MAIL} REQUIRETLS`), /^555 5\.5\.4/);
    assert.match(await client.say(`${MAIL} AUTH=<>`), /^555 5\.5\.4/);
    assert.match(await client.say(`${MAIL} SIZE=x`), /^501 5\.5\.4/);
    assert.match(await client.say(`${MAIL} RET=HDRS ENVID=q+2B1 BODY=8BITMIME`), /^250 2\.1\.0/);
    assert.match(await client.say(`${RCPT} NOTIFY=SUCCESS ORCPT=rfc822;B+2B@y.test`), /^250 2\.1\.5/);
    assert.match(await client.say('DATA'), /^354 /);
    await client.say('.');
    assert.deepEqual(recorder.taken[0]?.envelope, {
      reversePath: { localPart: 'a', domain: 'x.test' },
      recipients: [
        {
          forwardPath: { localPart: 'b', domain: 'y.test' },
          notify: ['SUCCESS'],
          originalRecipient: { type: 'rfc822', address: 'B+@y.test' },
        },
      ],
      body: '8BITMIME',
      ret: 'HDRS',
      envelopeId: 'q+1',
    });
  });

  test('REQUIRETLS, when offered: in clear 530 5.7.10', async () => {
    const client = await ready(await listen({ requireTls: true }), HELLO);
    assert.match(await client.say(`${MAIL} REQUIRETLS`), /^530 5\.7\.10/);
  });

  test('recipients that differ in case are two, one said twice is one', async () => {
    const client = await ready(
      await listen(),
      HELLO,
      MAIL,
      'RCPT TO:<b@y.test>',
      'RCPT TO:<B@y.test>',
      'RCPT TO:<b@y.test>',
      'DATA',
    );
    await client.say('.');
    assert.deepEqual(
      recorder.taken[0]?.envelope.recipients.map(({ forwardPath }) => forwardPath.localPart),
      ['b', 'B'],
    );
  });

  test('enhanced codes stand once, also when the handler gives the reply; errors of ours say nothing', async () => {
    const client = await ready(await listen(), HELLO, MAIL);
    assert.equal(await client.say('RCPT TO:<unknown@y.test>'), '550 5.1.1 No such user');
    assert.equal(await client.say('DATA'), '554 5.5.1 No valid recipients');
    assert.equal(await client.say('RCPT TO:<broken@y.test>'), '451 4.3.0 Local error in processing, try again later');
  });

  test('the greeting comes at once', async () => {
    const listener = await listen();
    // smtp-server alone waits for 100 ms. A busy machine holds up some, not all.
    await eventually(async () => {
      const started = performance.now();
      (await open(listener)).destroy();
      const ms = performance.now() - started;
      return ms < 50 || `${ms} ms`;
    });
  });

  test('early talkers are refused when a delay is asked for', async () => {
    const listener = await listen({ policy: { greetDelay: 100 } });
    const client = await RawClient.open(listener.port, { first: `${HELLO}\r\n` });
    clients.push(client);
    assert.equal(await client.reply(), '554 5.5.0 Commands came before the greeting');
    assert.equal(await client.reply(), 'closed');
  });

  for (const [name, octets] of [
    ['LF', 'NOOP\n'],
    ['CR', 'NOOP\rQUIT\r\n'],
    ['LF behind a good command', 'NOOP\r\nNOOP\n'],
  ] as const)
    test(`a command with a bare ${name} is refused and the connection ends`, async () => {
      const client = await ready(await listen(), HELLO);
      await client.write(octets);
      let answer = await client.reply();
      if (answer === '250 2.0.0 OK') answer = await client.reply();
      assert.equal(answer, '554 5.5.2 Bare <CR> or <LF> received: lines end with <CR><LF>');
      assert.equal(await client.reply(), 'closed');
    });

  for (const end of ['\n.\n', '\n.\r\n', '\r.\r\n', '\r\n.\n', '\r\n.\r', '\r.\r'])
    test(`no message is smuggled behind ${JSON.stringify(end)}`, async () => {
      const client = await ready(await listen(), HELLO, MAIL, RCPT, 'DATA');
      await client.write(`Subject: x\r\n\r\nhello${end}MAIL FROM:<evil@x.test>\r\n${RCPT}\r\nDATA\r\nevil\r\n.\r\n`);
      assert.match(await client.reply(), /^554 5\.5\.2/);
      assert.equal(await client.reply(), 'closed');
      assert.deepEqual(recorder.taken, []);
      assert.equal(recorder.failures.length, 1);
    });

  test('dots are unstuffed; a message of nothing but dots takes no time; pipelined commands follow', async () => {
    const client = await ready(await listen(), HELLO, MAIL, RCPT, 'DATA');
    const started = performance.now();
    await client.write(`${'..\r\n'.repeat(50_000)}.\r\nNOOP\r\nQUIT\r\n`);
    assert.equal(await client.reply(), '250 2.6.0 Stored');
    assert.equal(await client.reply(), '250 2.0.0 OK');
    assert.equal(await client.reply(), '221 2.0.0 Bye');
    assert.equal(recorder.taken[0]?.content, '.\r\n'.repeat(50_000));
    assert.ok(performance.now() - started < 2000);
  });

  test('NUL: in a command 500 5.5.2, in a message 554 5.6.0, and the session goes on', async () => {
    const client = await ready(await listen(), HELLO);
    assert.match(await client.say('NOOP \0'), /^500 5\.5\.2/);
    for (const line of [MAIL, RCPT, 'DATA']) await client.say(line);
    assert.equal(await client.say('a\0b\r\n.'), '554 5.6.0 A message cannot contain NUL');
    assert.deepEqual(recorder.taken, []);
    assert.match(await client.say(MAIL), /^250/);
  });

  test('SMTP-LIMIT-6 the 1,001st recipient and all after it get 452 4.5.3, the others their mail', async () => {
    const client = await ready(await listen(), HELLO, MAIL);
    await client.write(Array.from({ length: 1050 }, (_, i) => `RCPT TO:<u${String(i)}@y.test>\r\n`).join(''));
    for (let i = 0; i < 1000; i++) assert.equal(await client.reply(), '250 2.1.5 Recipient OK');
    for (let i = 0; i < 50; i++) assert.equal(await client.reply(), '452 4.5.3 Too many recipients');
    assert.match(await client.say('DATA'), /^354/);
    assert.match(await client.say('.'), /^250/);
    assert.equal(recorder.taken[0]?.envelope.recipients.length, 1000);
  });

  test('oversize: at MAIL, after the data, or cut when far beyond', async () => {
    const listener = await listen({ policy: { maxSize: 10_000, oversizeSlack: 100_000 } });
    const client = await ready(listener, HELLO);
    assert.match(await client.say(`${MAIL} SIZE=10001`), /^552 5\.3\.4/);
    for (const line of [MAIL, RCPT, 'DATA']) await client.say(line);
    assert.equal(await client.say(`${'x'.repeat(11_000)}\r\n.`), '552 5.3.4 Message exceeds the limit of 10000 octets');
    for (const line of [MAIL, RCPT, 'DATA']) assert.match(await client.say(line), /^[23]/);
    for (let i = 0; i < 20; i++) await client.write(Buffer.alloc(10_000, 'x'));
    assert.match(await client.reply(), /^552 5\.3\.4/);
    await client.write(Buffer.alloc(10_000, 'x'));
    assert.equal(await client.reply(), 'closed');
    assert.deepEqual(recorder.taken, []);
  });

  test('an endless command line gets 500 5.5.2 and the connection ends', async () => {
    const client = await ready(await listen(), HELLO);
    for (let i = 0; i < 20; i++) await client.write(Buffer.alloc(1000, 'x'));
    assert.equal(await client.reply(), '500 5.5.2 Line too long');
    assert.equal(await client.reply(), 'closed');
  });

  test('ten bad commands are enough', async () => {
    const client = await ready(await listen(), HELLO);
    await client.write('FOO\r\n'.repeat(500));
    for (let i = 0; i < 9; i++) assert.match(await client.reply(), /^500 5\.5\.2/);
    assert.equal(await client.reply(), '421 4.7.0 Too many errors');
    assert.equal(await client.reply(), 'closed');
  });

  test('recipients pipelined behind a refused MAIL are not held against the client', async () => {
    const client = await ready(await listen(), HELLO);
    await client.write(`${MAIL} SIZE=99999999\r\n${`${RCPT}\r\n`.repeat(20)}DATA\r\nQUIT\r\n`);
    assert.match(await client.reply(), /^552/);
    for (let i = 0; i < 21; i++) assert.equal(await client.reply(), '503 5.5.1 Send MAIL first');
    assert.match(await client.reply(), /^221/);
  });

  test('AUTH: 538 5.7.11 in clear, PLAIN and LOGIN under TLS, three failures and out', async () => {
    const listener = await listen();
    const client = await ready(listener, HELLO);
    const plain = (password: string) => `AUTH PLAIN ${Buffer.from(`\0me@x.test\0${password}`).toString('base64')}`;
    assert.match(await client.say(plain('right')), /^538 5\.7\.11/);
    await client.say('STARTTLS');
    await client.startTls();
    await client.say(HELLO);
    assert.match(await client.say('AUTH CRAM-MD5'), /^504 5\.5\.4/);
    assert.equal(await client.say('AUTH LOGIN'), '334 VXNlcm5hbWU6');
    assert.equal(await client.say('*'), '501 5.7.0 Authentication cancelled');
    assert.equal(await client.say(plain('wrong')), '535 5.7.8 Authentication credentials invalid');
    assert.equal(await client.say('AUTH LOGIN'), '334 VXNlcm5hbWU6');
    assert.equal(await client.say(Buffer.from('me@x.test').toString('base64')), '334 UGFzc3dvcmQ6');
    assert.equal(await client.say(Buffer.from('right').toString('base64')), '235 2.7.0 Authentication successful');
    assert.match(await client.say(plain('right')), /^503 5\.5\.1/);
    const other = await open(listener);
    for (const line of [HELLO, 'STARTTLS']) await other.say(line);
    await other.startTls();
    await other.say(HELLO);
    assert.equal(await other.say('AUTH PLAIN'), '334');
    assert.match(await other.say(Buffer.from('\0me@x.test\0wrong').toString('base64')), /^535/);
    assert.match(await other.say(plain('wrong')), /^535/);
    assert.equal(await other.say(plain('wrong')), '421 4.7.0 Too many failed authentications');
  });

  test('what follows STARTTLS in clear is not run under TLS', async () => {
    const client = await ready(await listen(), HELLO);
    await client.write(`STARTTLS\r\n${HELLO}\r\n${MAIL}\r\n`);
    assert.match(await client.reply(), /^220/);
    await client.startTls();
    // Whatever was run unasked would have its reply first; and a session under TLS begins anew.
    assert.match(await client.say(MAIL), /^503/);
    assert.match(await client.say(HELLO), /^250-mx/);
    assert.equal(recorder.mails, 0);
    assert.match(await client.say(MAIL), /^250/);
    assert.equal(recorder.mails, 1);
  });

  test('half a message and then silence: 421 4.4.2, the handler hears of it; idle sessions too', async () => {
    const listener = await listen({ policy: { dataTimeout: 150 } });
    const client = await ready(listener, HELLO, MAIL, RCPT, 'DATA');
    await client.write('Subject: half\r\n');
    assert.match(await client.reply(), /^421 4\.4\.2 Idle for too long in the middle/);
    assert.equal(await client.reply(), 'closed');
    assert.equal(recorder.failures.length, 1);
    const impatient = await listen({ policy: { commandTimeout: 300 } });
    // A stall before its EHLO has it sent away too early: then it tries again.
    await eventually(async () => {
      const idle = await ready(impatient, HELLO);
      return (await idle.reply()) === '421 4.4.2 Idle for too long' || 'another reply';
    });
  });

  test('a client that sends all it has and then its FIN gets all its replies, in clear and under TLS', async () => {
    for (const implicitTls of [false, true]) {
      const listener = await listen({ implicitTls });
      const client = await open(listener, { tls: implicitTls });
      await client.write(`${HELLO}\r\n${MAIL}\r\n${RCPT}\r\nDATA\r\nhello\r\n.\r\nNOOP\r\n`);
      client.end();
      for (const expected of [/^250-mx/, /^250 2\.1\.0/, /^250 2\.1\.5/, /^354/, /^250 2\.6\.0/, /^250 2\.0\.0/])
        assert.match(await client.reply(), expected);
      assert.equal(await client.reply(), 'closed');
      while (listener.sessions > 0) await sleep(5);
    }
  });

  test('a FIN in the middle of a message: the handler hears of it, the session ends', async () => {
    const listener = await listen();
    const client = await ready(listener, HELLO, MAIL, RCPT, 'DATA');
    await client.write('Subject: half\r\n.');
    client.end();
    assert.equal(await client.reply(), 'closed');
    while (listener.sessions > 0) await sleep(5);
    await eventuallyHolds(() => assert.deepEqual(recorder.failures, ['ContentRefused: connection lost']));
    assert.deepEqual(recorder.taken, []);
  });

  test('a client that goes away in the middle: the handler hears of it and nothing is taken', async () => {
    const listener = await listen();
    const client = await ready(listener, HELLO, MAIL, RCPT, 'DATA');
    await client.write('Subject: half\r\n');
    await sleep(30);
    client.destroy();
    while (listener.sessions > 0) await sleep(5);
    await eventuallyHolds(() => assert.deepEqual(recorder.failures, ['ContentRefused: connection lost']));
    assert.deepEqual(recorder.taken, []);
  });
});
