import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventuallyHolds } from '@postroad/testkit';
import { reply, type Reply } from '@postroad/smtp';
import { Metrics } from '@postroad/telemetry';
import { DoorMeter } from '../door-meter.ts';
import { RawClient, testTls } from '../testing/index.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { listenSmtp, type SmtpListener, type SmtpListenerOptions } from './smtp-listener.ts';
import type { SmtpSessionHandler } from './types.ts';

const handler: SmtpSessionHandler = {
  connect: ({ remoteAddress }) => (remoteAddress === '127.0.0.66' ? reply(554, '5.7.1', 'Not you') : null),
  auth: async (_, { username, password }) => {
    if (username === 'broken') throw new Error('no directory');
    return Promise.resolve(password === 'right' ? { user: username } : null);
  },
  mail: () => null,
  rcpt: (_, { forwardPath }) => (forwardPath.localPart === 'nobody' ? reply(550, '5.1.1', 'No such user') : null),
  data: async (_, { recipients }, content): Promise<Reply | readonly Reply[]> => {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    if (text.startsWith('later')) return reply(452, '4.3.1', 'Full');
    return text.startsWith('each')
      ? recipients.map((_, i) => (i === 0 ? reply(250, '2.1.5', 'Filed') : reply(552, '5.2.2', 'Full')))
      : reply(250, '2.6.0', 'Stored');
  },
};

let tls: TlsContexts;
before(async () => {
  tls = await testTls();
});
const listeners: SmtpListener[] = [];
after(() => Promise.all(listeners.map((listener) => listener.drain(0))));

/** A door with metrics of its own: its port, and a look at the samples whose name contains `name`, without name and door. */
async function openDoor(options: Partial<SmtpListenerOptions<unknown>> = {}) {
  const metrics = new Metrics();
  const meter = new DoorMeter(metrics, 'mx');
  const common = { host: '127.0.0.1', port: 0, hostname: 'mx.postroad.test', tls, handler, meter };
  const listener = await listenSmtp({ ...common, ...options });
  listeners.push(listener);
  const samples = async (name: string) =>
    (await metrics.render())
      .split('\n')
      .filter((line) => line.startsWith(`postroad_${name}`))
      .map((line) => line.replace(/^\w+\{door="mx",?/, '').replace(/\}/, ''))
      .toSorted();
  return { port: listener.port, listener, samples };
}

/** Counting may come a turn after the client has its reply or the end of its socket. */
async function settled(look: () => Promise<string[]>, wanted: readonly string[]): Promise<void> {
  await eventuallyHolds(async () => assert.deepEqual(await look(), wanted));
}

async function greeted(port: number, options: Parameters<typeof RawClient.open>[1] = {}): Promise<RawClient> {
  const client = await RawClient.open(port, options);
  assert.match(await client.reply(), /^220/);
  assert.match(await client.say('EHLO c.test'), /^250/);
  return client;
}

async function send(client: RawClient, content: string, recipients = ['b@y']): Promise<void> {
  await client.say('MAIL FROM:<a@x>');
  for (const recipient of recipients) await client.say(`RCPT TO:<${recipient}>`);
  assert.match(await client.say('DATA'), /^354/);
  await client.write(`${content}\r\n.\r\n`);
}

test('messages by outcome, and of those accepted octets, recipients and the wait', async () => {
  const { port, listener, samples } = await openDoor();
  const client = await greeted(port);
  await send(client, 'hello', ['b@y', 'c@y', 'nobody@y']);
  assert.match(await client.reply(), /^250/);
  await send(client, 'later');
  assert.match(await client.reply(), /^452/);
  await send(client, 'bare\nnewline');
  assert.match(await client.reply(), /^554/);
  client.destroy();
  const gone = await greeted(port);
  await gone.say('MAIL FROM:<a@x>');
  await gone.say('RCPT TO:<b@y>');
  await gone.say('DATA');
  await gone.write('half a mess');
  gone.destroy();
  while (listener.sessions > 0) await sleep(10);
  const outcomes = ['outcome="accepted" 1', 'outcome="deferred" 1', 'outcome="refused" 1'];
  await settled(() => samples('smtp_messages_total'), outcomes);
  assert.deepEqual(await samples('smtp_message_bytes_total'), [' 7']);
  assert.deepEqual(await samples('smtp_recipients_total'), [' 2']);
  assert.deepEqual(await samples('smtp_accept_seconds_count'), [' 1']);
  assert.deepEqual(await samples('sessions_opened_total'), [' 2']);
  await settled(
    () => samples('smtp_refusals_total'),
    ['stage="data",status="4.3" 1', 'stage="data",status="5.5" 1', 'stage="rcpt",status="5.1" 1'],
  );
});

test('LMTP: a recipient that has no room is a refusal, the message is accepted for the others', async () => {
  const { port, samples } = await openDoor({ lmtp: true });
  const client = await RawClient.open(port);
  await client.reply();
  await client.say('LHLO c.test');
  await send(client, 'each', ['b@y', 'c@y', 'd@y']);
  for (const code of [/^250/, /^552/, /^552/]) assert.match(await client.reply(), code);
  client.destroy();
  await settled(() => samples('smtp_messages_total'), ['outcome="accepted" 1']);
  await settled(() => samples('smtp_recipients_total'), [' 1']);
  await settled(() => samples('smtp_refusals_total'), ['stage="data",status="5.2" 2']);
});

test('refusals by stage, also of what is no command', async () => {
  const { port, samples } = await openDoor();
  const client = await greeted(port);
  for (const line of ['AUTH PLAIN', 'MAIL FROM:nonsense', 'RCPT TO:<b@y>', 'FOO', 'DATA', 'NOOP'])
    await client.say(line);
  client.destroy();
  const stranger = await RawClient.open(port, { localAddress: '127.0.0.66' });
  assert.match(await stranger.reply(), /^554/);
  const eager = await openDoor({ policy: { greetDelay: 5_000 } });
  const early = await RawClient.open(eager.port, { first: 'EHLO c.test\r\n' });
  assert.match(await early.reply(), /^554/);
  await settled(() => eager.samples('smtp_refusals_total'), ['stage="connect",status="5.5" 1']);
  const refusals = [
    'stage="auth",status="5.7" 1',
    'stage="command",status="5.5" 1',
    'stage="connect",status="5.7" 1',
    'stage="data",status="5.5" 1',
    'stage="mail",status="5.1" 1',
    'stage="rcpt",status="5.5" 1',
  ];
  await settled(() => samples('smtp_refusals_total'), refusals);
  await settled(() => samples('sessions_refused_total'), ['reason="host" 1']);
});

test('TLS handshakes by version, failed ones too, and who signs in', async () => {
  const { port, samples } = await openDoor({ implicitTls: true });
  const coded = (name: string, password: string) => Buffer.from(`\0${name}\0${password}`).toString('base64');
  const client = await greeted(port, { tls: true });
  assert.match(await client.say(`AUTH PLAIN ${coded('broken', 'x')}`), /^451/);
  assert.match(await client.say(`AUTH PLAIN ${coded('alice', 'wrong')}`), /^535/);
  assert.match(await client.say(`AUTH LOGIN ${Buffer.from('alice').toString('base64')}`), /^334/);
  assert.match(await client.say(Buffer.from('right').toString('base64')), /^235/);
  client.destroy();
  await settled(
    () => samples('auth_total'),
    [
      'mechanism="login",outcome="ok" 1',
      'mechanism="plain",outcome="error" 1',
      'mechanism="plain",outcome="refused" 1',
    ],
  );
  const plain = await RawClient.open(port, { first: 'EHLO c.test\r\n' });
  const probe = connect(port, '127.0.0.1');
  await once(probe, 'connect');
  probe.destroy();
  await settled(() => samples('tls_handshakes_total'), ['version="TLSv1.3" 1', 'version="failed" 1']);
  plain.destroy();
});

test('STARTTLS: the handshake is counted, and that it failed', async () => {
  const { port, samples } = await openDoor();
  for (const good of [true, false]) {
    const client = await greeted(port);
    assert.match(await client.say('STARTTLS'), /^220/);
    if (good) await client.startTls();
    else await client.write('this is no handshake\r\n');
    if (good) assert.match(await client.say('EHLO c.test'), /^250/);
    if (good) client.destroy();
  }
  await settled(() => samples('tls_handshakes_total'), ['version="TLSv1.3" 1', 'version="failed" 1']);
});

test('connections turned away, by reason', async () => {
  const { port, samples } = await openDoor({ limits: { total: 2, perAddress: 1, exempt: [] } });
  const first = await greeted(port);
  const second = await RawClient.open(port);
  assert.match(await second.reply(), /^421 4\.7\.0/);
  const third = await RawClient.open(port, { localAddress: '127.0.0.2' });
  assert.match(await third.reply(), /^421 4\.3\.2/);
  for (const client of [first, second, third]) client.destroy();
  assert.deepEqual(await samples('sessions_refused_total'), ['reason="address" 1', 'reason="total" 1']);
  const proxied = await openDoor({ proxyFrom: ['127.0.0.1'] });
  const bare = await RawClient.open(proxied.port, { first: 'EHLO c.test\r\n' });
  await settled(() => proxied.samples('sessions_refused_total'), ['reason="proxy" 1']);
  bare.destroy();
  const waiting = await RawClient.open(proxied.port);
  await sleep(50);
  await proxied.listener.drain(0);
  await settled(() => proxied.samples('sessions_refused_total'), ['reason="draining" 1', 'reason="proxy" 1']);
  waiting.destroy();
});
