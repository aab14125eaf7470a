import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { reply, type Reply } from '@postroad/smtp';
import { eventually } from '@postroad/testkit';
import { RawClient, testTls } from '../testing/index.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { listenSmtp, type SmtpListener, type SmtpListenerOptions } from './smtp-listener.ts';
import type { SmtpSessionHandler } from './types.ts';

const seen: string[] = [];
const handler: SmtpSessionHandler = {
  connect: ({ remoteAddress }) => {
    seen.push(remoteAddress);
    return remoteAddress === '192.0.2.66' ? reply(554, '5.7.1', 'Not you') : null;
  },
  mail: () => null,
  rcpt: () => null,
  data: async (_, __, content): Promise<Reply> => {
    for await (const chunk of content) void chunk;
    return reply(250, '2.6.0', 'Stored');
  },
};

void describe('an SMTP listener', () => {
  let tls: TlsContexts;
  const listeners: SmtpListener[] = [];
  before(async () => {
    tls = await testTls();
  });
  after(() => Promise.all(listeners.map((listener) => listener.drain(0))));

  async function listen(options: Partial<SmtpListenerOptions<unknown>> = {}): Promise<SmtpListener> {
    const listener = await listenSmtp({
      host: '127.0.0.1',
      port: 0,
      hostname: 'mx.postroad.test',
      tls,
      handler,
      ...options,
    });
    listeners.push(listener);
    return listener;
  }

  test('limits: in all 421 4.3.2, per address 421 4.7.0, and places come free again', async () => {
    const { port } = await listen({ limits: { total: 3, perAddress: 2, exempt: [] } });
    const first = await RawClient.open(port);
    const second = await RawClient.open(port);
    for (const client of [first, second]) assert.match(await client.reply(), /^220/);
    const third = await RawClient.open(port);
    assert.match(await third.reply(), /^421 4\.7\.0/);
    await RawClient.open(port, { localAddress: '127.0.0.2' }).then(async (client) => {
      // The one turned away may still be counted until its socket is closed.
      assert.match(await client.reply(), /^220|^421 4\.3\.2/);
      client.destroy();
    });
    first.destroy();
    third.destroy();
    const fourth = await eventually(async () => {
      const client = await RawClient.open(port);
      const answer = await client.reply();
      return answer.startsWith('220') ? client : answer;
    });
    for (const client of [second, fourth]) client.destroy();
  });

  test('2,000 idle sessions, and others are served meanwhile', async () => {
    const listener = await listen();
    const idle = await Promise.all(Array.from({ length: 2000 }, () => RawClient.open(listener.port)));
    for (const client of idle) assert.match(await client.reply(), /^220/);
    // At best: other work on the machine holds up some, not all.
    await eventually(async () => {
      const started = performance.now();
      const client = await RawClient.open(listener.port);
      for (const line of ['EHLO c.test', 'MAIL FROM:<a@x>', 'RCPT TO:<b@y>', 'DATA', 'hello\r\n.'])
        await client.say(line);
      assert.match(await client.reply(), /^250 2\.6\.0/);
      client.destroy();
      const ms = performance.now() - started;
      return ms < 1000 || `${ms} ms`;
    });
    for (const one of idle) one.destroy();
  });

  test('PROXY v1 and v2 name the client, only from named networks, also before implicit TLS', async () => {
    const { port } = await listen({ proxyFrom: ['127.0.0.0/8'], implicitTls: true });
    const client = await RawClient.open(port, { tls: true, first: 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 465\r\n' });
    assert.match(await client.reply(), /^220/);
    assert.equal(seen.at(-1), '192.0.2.7');
    assert.match(await client.say('EHLO c.test'), /^250/);
    client.destroy();
    const plain = await listen({ proxyFrom: ['127.0.0.1'] });
    const v2 = Buffer.from(
      '0d0a0d0a000d0a515549540a2121002420010db800000000000000000000000120010db80000000000000000000000021267001900',
      'hex',
    ).subarray(0, 52);
    const second = await RawClient.open(plain.port, { first: v2 });
    assert.match(await second.reply(), /^220/);
    assert.equal(seen.at(-1), '2001:db8::1');
    assert.match(await second.say('EHLO c.test'), /^250/);
    second.destroy();
    const third = await RawClient.open(plain.port, { first: 'PROXY TCP4 192.0.2.66 198.51.100.1 1 25\r\n' });
    assert.equal(await third.reply(), '554 5.7.1 Not you');
    const liar = await RawClient.open((await listen()).port, { first: 'PROXY TCP4 192.0.2.9 198.51.100.1 1 25\r\n' });
    assert.match(await liar.reply(), /^220/);
    assert.match(await liar.reply(), /^500 5\.5\.2/);
    assert.equal(seen.at(-1), '127.0.0.1');
    liar.destroy();
    const none = await RawClient.open(plain.port, { first: 'EHLO x\r\n' });
    assert.equal(await none.reply(), 'closed');
  });

  test('PROXY ports: a header is required there and taken from named proxies only; plain ports beside them read none', async () => {
    const header = 'PROXY TCP4 192.0.2.8 198.51.100.1 4711 25\r\n';
    const proxied = await listen({ proxyFrom: ['127.0.0.1'], proxy: 'required' });
    const good = await RawClient.open(proxied.port, { first: header });
    assert.match(await good.reply(), /^220/);
    assert.equal(seen.at(-1), '192.0.2.8');
    good.destroy();
    const before = seen.length;
    const none = await RawClient.open(proxied.port, { first: 'EHLO x\r\n' });
    assert.equal(await none.reply(), 'closed');
    // Somebody else: nothing is said, nothing is read, however right the header.
    const stranger = await RawClient.open(proxied.port, { localAddress: '127.0.0.2', first: header });
    assert.equal(await stranger.reply(), 'closed');
    assert.equal(seen.length, before);
    const plain = await listen({ proxyFrom: ['127.0.0.1'], proxy: 'never' });
    const liar = await RawClient.open(plain.port, { first: header });
    assert.match(await liar.reply(), /^220/);
    assert.match(await liar.reply(), /^500 5\.5\.2/);
    assert.equal(seen.at(-1), '127.0.0.1');
    liar.destroy();
  });

  test('SNI chooses the certificate, on 465 and after STARTTLS', async () => {
    const { port } = await listen();
    for (const [name, expected] of [
      ['other.test', 'other.test'],
      ['imap.other.test', 'other.test'],
      ['stranger.test', 'mx.postroad.test'],
    ] as const) {
      const client = await RawClient.open(port);
      await client.reply();
      await client.say('EHLO c.test');
      await client.say('STARTTLS');
      assert.equal(await client.startTls(name), expected);
      assert.match(await client.say('EHLO c.test'), /^250/);
      client.destroy();
    }
  });

  test('a handshake that never comes is given up, on 465 and after STARTTLS', async () => {
    const policy = { handshakeTimeout: 100 };
    const implicit = await RawClient.open((await listen({ implicitTls: true, policy })).port);
    assert.equal(await implicit.reply(), 'closed');
    const client = await RawClient.open((await listen({ policy })).port);
    await client.reply();
    for (const line of ['EHLO c.test', 'STARTTLS']) assert.match(await client.say(line), /^2/);
    assert.equal(await client.reply(), 'closed');
    const garbage = await RawClient.open((await listen({ implicitTls: true })).port, { first: 'EHLO c.test\r\n' });
    await garbage.write('MAIL\r\n');
    while (!garbage.closed) await sleep(5);
  });

  test('a message that trickles in for ever is cut: 421 4.4.2', async () => {
    const { port } = await listen({ policy: { maxDataTime: 150 } });
    const client = await RawClient.open(port);
    await client.reply();
    for (const line of ['EHLO c.test', 'MAIL FROM:<a@x>', 'RCPT TO:<b@y>', 'DATA']) await client.say(line);
    const drip = setInterval(() => void client.write('x'), 20);
    assert.equal(await client.reply(), '421 4.4.2 The message takes too long');
    clearInterval(drip);
    assert.equal(await client.reply(), 'closed');
  });

  test('drain gives up handshakes and PROXY headers that are still awaited', async () => {
    const listener = await listen({ implicitTls: true, proxyFrom: ['127.0.0.1'] });
    const [header, handshake] = await Promise.all([
      RawClient.open(listener.port),
      RawClient.open(listener.port, { first: 'PROXY UNKNOWN\r\n' }),
    ]);
    await sleep(30);
    await listener.drain(50);
    assert.equal(await header.reply(), 'closed');
    assert.equal(await handshake.reply(), 'closed');
  });

  test('drain: who comes at that moment is told, through the TLS handshake too', async () => {
    const plain = await listen();
    const secure = await listen({ implicitTls: true });
    const [inHandshake, idle] = await Promise.all([RawClient.open(secure.port), RawClient.open(secure.port)]);
    // The system has taken this one; we have not seen it yet.
    const waiting = RawClient.open(plain.port);
    const since = performance.now();
    const drained = Promise.all([plain.drain(60_000), secure.drain(60_000)]);
    const inBacklog = await waiting;
    await inHandshake.startTls();
    for (const client of [inBacklog, inHandshake]) {
      assert.match(await client.reply(), /^220/);
      assert.match(await client.reply(), /^421 4\.3\.2/);
      assert.equal(await client.reply(), 'closed');
    }
    // Silence holds nothing up.
    await drained;
    assert.ok(performance.now() - since < 10_000);
    assert.equal(await idle.reply(), 'closed');
  });

  /** A session in the middle of its content. */
  async function inContent(port: number): Promise<RawClient> {
    const client = await RawClient.open(port);
    await client.reply();
    for (const line of ['EHLO c.test', 'MAIL FROM:<a@x>', 'RCPT TO:<b@y>', 'DATA']) await client.say(line);
    return client;
  }

  test('drain: idle sessions end at once, transactions are finished', async () => {
    const listener = await listen();
    const idle = await RawClient.open(listener.port);
    await idle.reply();
    await idle.say('EHLO c.test');
    const busy = await inContent(listener.port);
    const drained = listener.drain(60_000);
    assert.equal(await idle.reply(), '421 4.3.2 The service is going down, try again later');
    await assert.rejects(RawClient.open(listener.port));
    assert.match(await busy.say('hello\r\n.'), /^250 2\.6\.0/);
    assert.match(await busy.reply(), /^421 4\.3\.2/);
    await drained;
    assert.equal(listener.sessions, 0);
  });

  test('drain: the deadline cuts transactions that do not end', async () => {
    const listener = await listen();
    const stuck = await inContent(listener.port);
    const drained = listener.drain(100);
    assert.match(await stuck.reply(), /^421 4\.3\.2/);
    await drained;
    assert.equal(listener.sessions, 0);
  });

  test('back-pressure: a slow handler stops the socket, memory stays', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: SmtpSessionHandler = {
      ...handler,
      data: async (_, __, content) => {
        await gate;
        for await (const chunk of content) void chunk;
        return reply(250, '2.6.0', 'Stored');
      },
    };
    const { port } = await listen({ handler: slow });
    const client = await RawClient.open(port);
    await client.reply();
    for (const line of ['EHLO c.test', 'MAIL FROM:<a@x>', 'RCPT TO:<b@y>', 'DATA']) await client.say(line);
    const before = process.memoryUsage().arrayBuffers;
    const body = Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(20_000));
    const written = client.write(body);
    const state = await Promise.race([written.then(() => 'all'), sleep(200).then(() => 'held')]);
    assert.equal(state, 'held');
    assert.ok(process.memoryUsage().arrayBuffers - before < body.length + 8_000_000);
    release();
    await written;
    assert.match(await client.say('.'), /^250 2\.6\.0/);
    client.destroy();
  });
});
