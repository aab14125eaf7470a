import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import nodemailer from 'nodemailer';
import { DirectoryUnavailable, type DirectoryReader } from '@postroad/directory';
import type { Address } from '@postroad/mail';
import { freePorts } from '@postroad/config/testing';
import { SILENT, type Doors, withProxyPorts } from '@postroad/net';
import { MemorySpool, RawClient, testCertificate } from '@postroad/net/testing';
import { Metrics } from '@postroad/telemetry';
import { startMx } from './role.ts';

void describe('mail from the world', () => {
  let doors: Doors;
  let port = 0;
  let freePort = 0;
  let down = false;
  const spool = new MemorySpool();
  const clients: RawClient[] = [];
  const metrics = new Metrics();
  const domain = { id: 'd', tenant: 't', name: 'postroad.test', detailSeparator: '+', createdAt: '' };
  const directory = {
    resolve: (address: Address) => {
      if (down) throw new DirectoryUnavailable('the leader is away');
      if (address.domain !== 'postroad.test') return Promise.resolve({ kind: 'foreign' });
      return Promise.resolve(/^bob$/i.test(address.localPart) ? { kind: 'account' } : { kind: 'unknown', domain });
    },
  } as unknown as DirectoryReader;

  before(async () => {
    [freePort = 0] = await freePorts(1);
    doors = await startMx(
      { spool, directory, logger: SILENT, metrics },
      {
        hostname: 'mx.postroad.test',
        postmasterDomain: 'postroad.test',
        listeners: [{ host: '127.0.0.1', port: 0 }],
        certificates: [testCertificate()],
        drainMs: 100,
        policy: { maxSize: 100_000, oversizeSlack: 100_000, dataTimeout: 300 },
      },
    );
    port = doors.addresses[0]?.port ?? 0;
  });
  after(async () => {
    for (const client of clients) client.destroy();
    await doors.drain();
  });
  beforeEach(() => {
    spool.messages.length = 0;
    spool.full = false;
    down = false;
  });

  async function ready(...lines: string[]): Promise<RawClient> {
    const client = await RawClient.open(port);
    clients.push(client);
    assert.match(await client.reply(), /^220 mx\.postroad\.test/);
    for (const line of ['EHLO world.test', ...lines]) assert.match(await client.say(line), /^[23]/, line);
    return client;
  }
  /** How much each series grows by what is done; those that do not are left out. */
  async function growth(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const read = async () =>
      new Map(
        [...(await metrics.render()).matchAll(/^postroad_(\w+(?:_total|_count)\{.*\}) (\d+)$/gm)].map(
          ([, name = '', value]) => [name.replace(/door="mx",?/, ''), Number(value)],
        ),
      );
    const before = await read();
    await work();
    const grown = [...(await read())].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
    return Object.fromEntries(grown.filter(([, by]) => by > 0));
  }

  const MAIL = 'MAIL FROM:<a@world.test>';
  const BOB = 'RCPT TO:<bob@postroad.test>';

  test('sessions, messages and refusals are counted', async () => {
    const grown = await growth(async () => {
      const client = await ready(MAIL, BOB);
      assert.match(await client.say('RCPT TO:<x@elsewhere.test>'), /^550 5\.7\.1/);
      assert.match(await client.say('DATA'), /^354/);
      assert.match(await client.say('Subject: x\r\n\r\nx\r\n.'), /^250/);
      spool.full = true;
      assert.match(await client.say(MAIL), /^452/);
    });
    assert.deepEqual(grown, {
      'sessions_opened_total{}': 1,
      'smtp_messages_total{outcome="accepted"}': 1,
      'smtp_message_bytes_total{}': 17,
      'smtp_recipients_total{}': 1,
      'smtp_accept_seconds_count{}': 1,
      'smtp_refusals_total{stage="rcpt",status="5.7"}': 1,
      'smtp_refusals_total{stage="mail",status="4.3"}': 1,
    });
  });

  test('local mail is taken octet for octet, with Received in front', async () => {
    const client = await ready(MAIL, BOB, 'DATA');
    const message = 'received: x\r\nSubject: no From, no Date\r\n\r\nb\u00f6dy\r\n';
    assert.match(await client.say(`${message}.`), /^250 2\.0\.0 OK, queued as/);
    const [stored] = spool.messages;
    assert.ok(stored);
    assert.equal(Buffer.from(stored.content, 'latin1').toString(), message);
    assert.match(
      stored.prefix,
      /^Received: from world\.test \(\[127\.0\.0\.1\]\)\r\n\tby mx\.postroad\.test \(Postroad\) with ESMTP\r\n\tid \w+ for <bob@postroad\.test>;/,
    );
    assert.deepEqual(stored.origin, { kind: 'mx', clientAddress: '127.0.0.1', helo: 'world.test' });
  });

  test('no relay for any source address that a PROXY header names, ours and private ones among them', async () => {
    const proxied = await startMx(
      { spool, directory, logger: SILENT },
      {
        hostname: 'mx.postroad.test',
        listeners: withProxyPorts({ bind: '127.0.0.1', proxyFrom: ['127.0.0.0/8'] }, [
          { port: 0, proxyPort: freePort },
        ]),
        certificates: [testCertificate()],
        proxyFrom: ['127.0.0.0/8'],
        drainMs: 100,
      },
    );
    const sources = ['127.0.0.1', '10.0.0.1', '172.16.0.9', '192.168.1.1', '100.64.0.1', '0.0.0.0', '192.0.2.1'];
    const headers = [
      ...sources.map((source) => `PROXY TCP4 ${source} 10.0.0.2 4711 25\r\n`),
      ...['::1', 'fd00::1', '::ffff:127.0.0.1'].map((source) => `PROXY TCP6 ${source} fd00::2 4711 25\r\n`),
      'PROXY UNKNOWN\r\n',
    ];
    for (const first of headers) {
      const client = await RawClient.open(freePort, { first });
      assert.match(await client.reply(), /^220/, first);
      for (const line of ['EHLO localhost', MAIL]) assert.match(await client.say(line), /^250/);
      assert.equal(await client.say('RCPT TO:<x@elsewhere.test>'), '550 5.7.1 Relay access denied', first);
      assert.match(await client.say(BOB), /^250/);
      client.destroy();
    }
    await proxied.drain();
  });

  test('no relay, no unknown users, postmaster always', async () => {
    const client = await ready(MAIL);
    assert.equal(await client.say('RCPT TO:<x@elsewhere.test>'), '550 5.7.1 Relay access denied');
    assert.match(await client.say('RCPT TO:<x%elsewhere.test@postroad.test>'), /^550 5\.1\.1/);
    assert.match(await client.say('RCPT TO:<@postroad.test:x@elsewhere.test>'), /^550 5\.7\.1/);
    assert.match(await client.say('RCPT TO:<"bob@elsewhere.test"@postroad.test>'), /^550 5\.1\.1/);
    assert.equal(await client.say('RCPT TO:<nobody@postroad.test>'), '550 5.1.1 No such user here');
    for (const name of ['<Postmaster>', '<postmaster@postroad.test>'])
      assert.match(await client.say(`RCPT TO:${name}`), /^250/);
    assert.match(await client.say('AUTH PLAIN AGEAYg=='), /^502 5\.5\.1/);
  });

  test('a hundred hops are a loop', async () => {
    const client = await ready(MAIL, BOB, 'DATA');
    assert.match(await client.say(`${'Received: by x; now\r\n'.repeat(100)}\r\nx\r\n.`), /^554 5\.4\.6/);
    for (const line of [MAIL, BOB, 'DATA']) await client.say(line);
    assert.match(await client.say(`${'Received: by x; now\r\n'.repeat(99)}\r\nx\r\n.`), /^250/);
  });

  test('full, or the directory away: come again', async () => {
    const client = await ready(MAIL);
    down = true;
    assert.match(await client.say(BOB), /^451 4\.3\.0/);
    await client.say('RSET');
    spool.full = true;
    assert.match(await client.say(MAIL), /^452 4\.3\.1/);
  });

  test('bad input: oversize, half a message, bare LF; others are served meanwhile', async () => {
    const half = await ready(MAIL, BOB, 'DATA');
    await half.write('Subject: half\r\n');
    const large = await ready(MAIL, BOB, 'DATA');
    assert.match(await large.say(`\r\n${'x'.repeat(120_000)}\r\n.`), /^552 5\.3\.4/);
    const bare = await ready(MAIL, BOB, 'DATA');
    await bare.write('Subject: x\n\nhello\n.\n');
    assert.match(await bare.reply(), /^554 5\.5\.2/);
    const good = await ready(MAIL, BOB, 'DATA');
    assert.match(await good.say('Subject: good\r\n.'), /^250/);
    assert.match(await half.reply(), /^421 4\.4\.2/);
    assert.deepEqual(
      spool.messages.map(({ content }) => content),
      ['Subject: good\r\n'],
    );
    assert.equal(spool.aborted, 4);
  });

  test('nodemailer and swaks deliver over STARTTLS', async () => {
    const transport = nodemailer.createTransport({
      host: '127.0.0.1',
      port,
      requireTLS: true,
      tls: { rejectUnauthorized: false },
    });
    const sent = await transport.sendMail({ from: 'a@world.test', to: 'bob@postroad.test', subject: 'x', text: 'y' });
    assert.match(sent.response, /^250 2\.0\.0 OK, queued as/);
    transport.close();
    assert.match(spool.messages[0]?.prefix ?? '', /with ESMTPS \(TLSv1\.3 /);
  });

  test('swaks delivers over STARTTLS', async (t) => {
    const run = promisify(execFile);
    if (
      !(await run('swaks', ['--support']).then(
        ({ stdout }) => /TLS supported/.test(stdout),
        () => false,
      ))
    ) {
      t.skip('swaks with TLS (packages swaks, libnet-ssleay-perl) is not installed');
      return;
    }
    await run('swaks', [
      '--server',
      `127.0.0.1:${String(port)}`,
      '--tls',
      '--from',
      'a@world.test',
      '--to',
      'bob@postroad.test',
    ]);
    assert.equal(spool.messages.length, 1);
  });
});
