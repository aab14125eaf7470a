import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import nodemailer from 'nodemailer';
import { DirectoryUnavailable, type Account, type DirectoryReader } from '@postroad/directory';
import type { Address } from '@postroad/mail';
import { SILENT, type DoorEvent, type Doors } from '@postroad/net';
import { MemorySpool, RawClient, testCertificate } from '@postroad/net/testing';
import { SpoolFull, SpoolUnavailable } from '@postroad/spool';
import { Metrics } from '@postroad/telemetry';
import { startSubmission } from '../role.ts';

const ALICE: Account = {
  id: 'acc1',
  tenant: 't',
  address: 'alice@postroad.test',
  quota: {},
  state: 'active',
  createdAt: '2026-01-01T00:00:00Z',
};

/** alice has a password and the alias info@; bob exists; every other local address does not. */
class Table implements Pick<DirectoryReader, 'authenticate' | 'mayUse' | 'resolve'> {
  down = false;
  #check(): void {
    if (this.down) throw new DirectoryUnavailable('the leader is away');
  }
  async authenticate(username: string, password: string): Promise<Account | null> {
    this.#check();
    return Promise.resolve(username === ALICE.address && password === 'secret' ? ALICE : null);
  }
  async mayUse(_: Account, { localPart, domain }: Address): Promise<boolean> {
    this.#check();
    return Promise.resolve(domain === 'postroad.test' && ['alice', 'info'].includes(localPart.toLowerCase()));
  }
  async resolve({ localPart, domain }: Address) {
    this.#check();
    if (domain !== 'postroad.test') return Promise.resolve({ kind: 'foreign' as const });
    const record = { id: 'd', tenant: 't', name: domain, detailSeparator: '+', createdAt: '' };
    return Promise.resolve(
      ['alice', 'bob'].includes(localPart)
        ? { kind: 'account' as const, account: ALICE, detail: '' }
        : { kind: 'unknown' as const, domain: record },
    );
  }
}

const PLAIN = `AUTH PLAIN ${Buffer.from('\0alice@postroad.test\0secret').toString('base64')}`;
const GOOD = 'From: alice@postroad.test\r\nTo: bob@postroad.test\r\nSubject: hi\r\n';

void describe('submission', () => {
  let doors: Doors;
  let spool: MemorySpool;
  let directory: Table;
  const events: DoorEvent[] = [];
  const metrics = new Metrics();
  const clients: RawClient[] = [];
  const port = (implicitTls: boolean): number =>
    doors.addresses.find((door) => door.implicitTls === implicitTls)?.port ?? 0;

  before(async () => {
    spool = new MemorySpool();
    directory = new Table();
    doors = await startSubmission(
      {
        spool,
        directory: directory as unknown as DirectoryReader,
        logger: SILENT,
        metrics,
        events: (event) => events.push(event),
        tracing: {
          span: (_, { parent }) => ({ traceparent: parent ?? 'new', set: () => undefined, end: () => undefined }),
        },
      },
      {
        hostname: 'msa.postroad.test',
        listeners: [
          { host: '127.0.0.1', port: 0 },
          { host: '127.0.0.1', port: 0, implicitTls: true },
        ],
        certificates: [testCertificate()],
        drainMs: 100,
      },
    );
  });
  after(async () => {
    for (const client of clients) client.destroy();
    await doors.drain();
  });
  beforeEach(() => {
    spool.messages.length = 0;
    events.length = 0;
    spool.full = false;
    spool.failure = null;
    directory.down = false;
  });

  async function signedIn(): Promise<RawClient> {
    const client = await RawClient.open(port(true), { tls: true });
    clients.push(client);
    assert.match(await client.reply(), /^220/);
    assert.match(await client.say('EHLO laptop.test'), /AUTH PLAIN LOGIN/);
    assert.match(await client.say(PLAIN), /^235/);
    return client;
  }

  /** How much each series grows by what is done; those that do not are left out. */
  async function growth(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const read = async () =>
      new Map(
        [...(await metrics.render()).matchAll(/^postroad_(\w+(?:_total|_count)\{.*\}) (\d+)$/gm)].map(
          ([, name = '', value]) => [name.replace(/door="submission",?/, ''), Number(value)],
        ),
      );
    const before = await read();
    await work();
    const grown = [...(await read())].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
    return Object.fromEntries(grown.filter(([, by]) => by > 0));
  }

  /** Sends one message, CRLFs as they are. */
  async function send(
    message: string,
    options: { mail?: string; rcpt?: string; client?: RawClient } = {},
  ): Promise<string> {
    const client = options.client ?? (await signedIn());
    const { mail = 'MAIL FROM:<alice@postroad.test>', rcpt = 'RCPT TO:<bob@postroad.test>' } = options;
    for (const line of [mail, rcpt, 'DATA']) {
      const answer = await client.say(line);
      if (!/^[23]/.test(answer)) return answer;
    }
    return await client.say(`${message}.`);
  }

  test('a good message is stored with Date, Message-ID and Received, and nothing else changed', async () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const dropped = `Bcc: secret@x.test\r\n\tmore@x.test\r\nTraceparent: ${trace}\r\nReturn-Path: <x@y>\r\n`;
    assert.match(await send(`${dropped}${GOOD}\r\nbody\r\n..dot\r\n`), /^250 2\.0\.0 OK, queued as [0-9a-z]{26}$/);
    const [stored] = spool.messages;
    assert.ok(stored);
    assert.match(
      stored.content,
      /^From: alice@postroad\.test\r\nTo: bob@postroad\.test\r\nSubject: hi\r\nDate: \w{3}, \d+ \w{3} \d{4} [\d:]{8} \+0000\r\nMessage-ID: <[0-9a-z]{26}@msa\.postroad\.test>\r\n\r\nbody\r\n\.dot\r\n$/,
    );
    assert.match(
      stored.prefix,
      /^Received: from laptop\.test \(\[127\.0\.0\.1\]\)\r\n\tby msa\.postroad\.test \(Postroad\) with ESMTPSA \(TLSv1\.3 \w+\)\r\n\tid [0-9a-z]{26} for <bob@postroad\.test>;\r\n\t.* \+0000\r\n$/,
    );
    assert.equal(stored.traceparent, trace);
    assert.match(stored.messageId ?? '', /^[0-9a-z]{26}@msa\.postroad\.test$/);
    assert.deepEqual(stored.origin, {
      kind: 'submission',
      clientAddress: '127.0.0.1',
      accountId: 'acc1',
      helo: 'laptop.test',
    });
    assert.deepEqual(stored.envelope.recipients, [{ forwardPath: { localPart: 'bob', domain: 'postroad.test' } }]);
    assert.deepEqual(
      events.map(({ step, messageId, sender }) => ({ step, messageId, sender })),
      [{ step: 'accepted', messageId: stored.messageId, sender: 'alice@postroad.test' }],
    );
  });

  test('handshakes, sign-ins, messages and refusals are counted', async () => {
    const grown = await growth(async () => {
      const client = await signedIn();
      assert.match(await send(`${GOOD}\r\nx\r\n`, { client }), /^250/);
      assert.match(await send(`From: bob@postroad.test\r\n\r\nx\r\n`, { client }), /^550 5\.7\.1/);
      spool.failure = new SpoolUnavailable('away');
      assert.match(await send(`${GOOD}\r\nx\r\n`, { client }), /^451/);
      const other = await RawClient.open(port(true), { tls: true });
      clients.push(other);
      await other.reply();
      await other.say('EHLO laptop.test');
      directory.down = true;
      assert.match(await other.say(PLAIN), /^454/);
    });
    assert.deepEqual(grown, {
      'sessions_opened_total{}': 2,
      'tls_handshakes_total{version="TLSv1.3"}': 2,
      'auth_total{mechanism="plain",outcome="ok"}': 1,
      'auth_total{mechanism="plain",outcome="error"}': 1,
      'smtp_messages_total{outcome="accepted"}': 1,
      'smtp_messages_total{outcome="refused"}': 1,
      'smtp_messages_total{outcome="deferred"}': 1,
      'smtp_message_bytes_total{}': GOOD.length + 5,
      'smtp_recipients_total{}': 1,
      'smtp_accept_seconds_count{}': 1,
      'smtp_refusals_total{stage="data",status="5.7"}': 1,
      'smtp_refusals_total{stage="data",status="4.3"}': 1,
      'smtp_refusals_total{stage="auth",status="4.7"}': 1,
    });
  });

  test('good Date and Message-ID stay, bad ones are replaced', async () => {
    const sound = 'Date: Mon, 23 Nov 2026 15:00:00 +0100\r\nMessage-ID: <own@laptop.test>\r\n';
    await send(`${sound}${GOOD}\r\nx\r\n`);
    assert.ok(spool.messages[0]?.content.startsWith(`${sound}${GOOD}\r\nx`));
    assert.equal(spool.messages[0]?.messageId, 'own@laptop.test');
    await send(`Date: yesterday\r\nMessage-ID: none\r\n${GOOD}\r\nx\r\n`);
    assert.match(spool.messages[1]?.content ?? '', /^Date: \w{3}, .*\r\nMessage-ID: <[0-9a-z]{26}@msa/);
  });

  for (const [name, message, expected] of [
    ['no From', 'To: bob@postroad.test\r\n\r\nx\r\n', '550 5.7.1'],
    ['two From fields', `${GOOD}From: alice@postroad.test\r\n\r\nx\r\n`, '550 5.7.1'],
    ['From of somebody else', 'From: bob@postroad.test\r\n\r\nx\r\n', '550 5.7.1'],
    ['somebody else beside the author', 'From: alice@postroad.test, bob@postroad.test\r\n\r\nx\r\n', '550 5.7.1'],
    ['somebody else behind the author', 'From: <alice@postroad.test> bob@postroad.test\r\n\r\nx\r\n', '550 5.7.1'],
    ['a group as author', 'From: us: alice@postroad.test;\r\n\r\nx\r\n', '550 5.7.1'],
    ['no address in From', 'From: alice\r\n\r\nx\r\n', '550 5.7.1'],
    ['Sender of somebody else', `${GOOD}Sender: bob@postroad.test\r\n\r\nx\r\n`, '550 5.7.1'],
    ['two Subjects', `${GOOD}Subject: again\r\n\r\nx\r\n`, '554 5.6.0'],
    ['no header section', '\r\nhello\r\n', '554 5.6.0'],
    ['no message at all', 'hello world\r\n', '554 5.6.0'],
    ['a line that is no field', `${GOOD}garbage\r\n\r\nx\r\n`, '554 5.6.0'],
    ['a NUL', `${GOOD}\r\nx\0y\r\n`, '554 5.6.0'],
  ] as const)
    test(`refused: ${name}`, async () => {
      const client = await signedIn();
      assert.equal((await send(message, { client })).slice(0, 9), expected);
      assert.deepEqual(spool.messages, []);
      assert.match(await send(`${GOOD}\r\nx\r\n`, { client }), /^250/);
    });

  test('an alias and a display name with an address of ours in it are good authors', async () => {
    assert.match(await send('From: "boss@x.test" <info@postroad.test>\r\n\r\nx\r\n'), /^250/);
    assert.match(await send('From: alice@postroad.test <Alice@postroad.test>\r\n\r\nx\r\n'), /^250/);
  });

  test('a header section of 10 MB is refused with bounded memory', async () => {
    const client = await signedIn();
    for (const line of ['MAIL FROM:<alice@postroad.test>', 'RCPT TO:<bob@postroad.test>', 'DATA'])
      await client.say(line);
    spool.largest = 0;
    const line = `X-Long: ${'x'.repeat(980)}\r\n`;
    for (let i = 0; i < 100; i++) await client.write(line.repeat(105));
    assert.match(await client.say('.'), /^554 5\.6\.0 The header section is too long/);
    assert.equal(spool.largest, 0);
  });

  test('envelope: no AUTH 530, another sender 550, unknown local 550 5.1.1, foreign and null are fine', async () => {
    const stranger = await RawClient.open(port(false));
    clients.push(stranger);
    await stranger.reply();
    await stranger.say('EHLO laptop.test');
    assert.match(await stranger.say(PLAIN), /^538 5\.7\.11/);
    assert.equal(await stranger.say('MAIL FROM:<alice@postroad.test>'), '530 5.7.0 Authentication required');
    assert.match(await send(GOOD, { mail: 'MAIL FROM:<bob@postroad.test>' }), /^550 5\.7\.1/);
    assert.match(await send(GOOD, { rcpt: 'RCPT TO:<nobody@postroad.test>' }), /^550 5\.1\.1/);
    assert.match(await send(`${GOOD}\r\nx\r\n`, { mail: 'MAIL FROM:<>', rcpt: 'RCPT TO:<x@world.test>' }), /^250/);
  });

  test('when the ports are away: 454 at AUTH, 451, 452 at MAIL and after the data', async () => {
    const client = await signedIn();
    spool.failure = new SpoolUnavailable('no broker');
    assert.match(await send(`${GOOD}\r\nx\r\n`, { client }), /^451 4\.3\.0/);
    spool.failure = new SpoolFull('full');
    assert.match(await send(`${GOOD}\r\nx\r\n`, { client }), /^452 4\.3\.1/);
    spool.full = true;
    assert.match(await client.say('MAIL FROM:<alice@postroad.test>'), /^452 4\.3\.1/);
    spool.full = false;
    directory.down = true;
    assert.match(await client.say('MAIL FROM:<alice@postroad.test>'), /^451 4\.3\.0/);
    const other = await RawClient.open(port(true), { tls: true });
    clients.push(other);
    await other.reply();
    await other.say('EHLO x.test');
    assert.match(await other.say(PLAIN), /^454 4\.7\.0/);
  });

  test('nodemailer submits over STARTTLS and over TLS, with AUTH LOGIN and PLAIN', async () => {
    for (const [secure, method] of [
      [false, 'LOGIN'],
      [true, 'PLAIN'],
    ] as const) {
      const transport = nodemailer.createTransport({
        host: '127.0.0.1',
        port: port(secure),
        secure,
        requireTLS: true,
        authMethod: method,
        auth: { user: 'alice@postroad.test', pass: 'secret' },
        tls: { rejectUnauthorized: false },
      });
      const sent = await transport.sendMail({
        from: '"Alice Ä" <alice@postroad.test>',
        to: ['bob@postroad.test', 'x@world.test'],
        bcc: 'hidden@world.test',
        subject: 'grüße',
        text: '.dot\nline',
        dsn: { id: 'env+1', return: 'headers', notify: ['failure'], recipient: 'alice@postroad.test' },
      });
      assert.deepEqual(sent.rejected, []);
      transport.close();
    }
    assert.equal(spool.messages.length, 2);
    for (const { envelope, content } of spool.messages) {
      assert.equal(envelope.envelopeId, 'env+1');
      assert.equal(envelope.recipients.length, 3);
      assert.doesNotMatch(content, /hidden/);
      assert.match(content, /\r\n\.dot\r\n/);
    }
  });

  test('swaks submits over STARTTLS with AUTH', async (t) => {
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
    const auth = ['--auth', 'PLAIN', '-au', 'alice@postroad.test', '-ap', 'secret'];
    const { stdout } = await run('swaks', [
      '--server',
      `127.0.0.1:${String(port(false))}`,
      '--tls',
      ...auth,
      '--from',
      'alice@postroad.test',
      '--to',
      'bob@postroad.test',
    ]);
    assert.match(stdout, /250 2\.0\.0 OK, queued as/);
    assert.equal(spool.messages.length, 1);
  });
});
