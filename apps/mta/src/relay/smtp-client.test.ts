import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, test } from 'node:test';
import { DEFAULT_TIMEOUTS, type RelayTimeouts } from './settings.ts';
import { SmtpClient } from './smtp-client.ts';
import { Peer, type PeerScript } from './testing/peer.ts';

/** What is relied on of nodemailer's connection beyond its declarations: run this first when its version changes. */
describe('nodemailer’s connection with our lines', () => {
  let peer: Peer;
  let client: SmtpClient;
  const open = async (script: PeerScript, timeouts: Partial<RelayTimeouts> = {}) => {
    peer = await Peer.start(script);
    const options = {
      connection: connect(peer.port, '127.0.0.1'),
      host: 'peer.test',
      name: 'us.test',
      ignoreTLS: true,
      socketCloseTimeout: 100,
    };
    client = new SmtpClient(options, { ...DEFAULT_TIMEOUTS, ...timeouts });
    await client.open();
  };
  afterEach(async () => {
    client.abandon(new Error('over'));
    await peer.stop();
  });
  const lines = { mail: '<a@b.test> SIZE=3 SMTPUTF8', recipients: ['<"x <y>"@b.test> NOTIFY=NEVER', '<z@b.test>'] };

  for (const offers of [['PIPELINING'], []])
    test(`MAIL and RCPT go out as given (${offers.join('') || 'one by one'})`, async () => {
      await open({ offers });
      assert.deepEqual(await client.transact(lines, Buffer.from('.hi')), {
        replies: ['250 2.0.0 taken', '250 2.0.0 taken'],
      });
      assert.equal(peer.taken[0]?.mail, 'MAIL FROM:<a@b.test> SIZE=3 SMTPUTF8');
      assert.deepEqual(peer.taken[0]?.rcpt, ['RCPT TO:<"x <y>"@b.test> NOTIFY=NEVER', 'RCPT TO:<z@b.test>']);
      assert.equal(peer.taken[0]?.raw.toString(), '..hi\r\n.\r\n');
      assert.deepEqual(await client.transact({ mail: '<>', recipients: ['<z@b.test>'] }, Buffer.from('x')), {
        replies: ['250 2.0.0 taken'],
      });
    });

  test('content goes out with its dots doubled and its line ends whole, however it is cut', async () => {
    const contents: [sent: string, wire: string][] = [
      ['a\r\nb\r\n', 'a\r\nb\r\n.\r\n'],
      ['a', 'a\r\n.\r\n'],
      ['', '\r\n.\r\n'],
      ['\r\n', '\r\n.\r\n'],
      ['.\r\n', '..\r\n.\r\n'],
      ['a\r\n.\r\nb\r\n', 'a\r\n..\r\nb\r\n.\r\n'],
      ['a\r\n.b', 'a\r\n..b\r\n.\r\n'],
      ['a.b\r\n', 'a.b\r\n.\r\n'],
      ['a\nb', 'a\r\nb\r\n.\r\n'],
      ['a\n.b', 'a\r\n..b\r\n.\r\n'],
      ['a\rb\r\n', 'a\r\nb\r\n.\r\n'],
      ['a\r.\r\nb', 'a\r\n..\r\nb\r\n.\r\n'],
      ['a\n\rb\r\n', 'a\r\n\r\nb\r\n.\r\n'],
      ['a\r', 'a\r\n.\r\n'],
    ];
    await open({});
    const cut = (text: string) =>
      Readable.from(
        [...text].map((octet) => Buffer.from(octet)),
        { objectMode: false },
      );
    for (const [sent, wire] of contents)
      for (const content of [Buffer.from(sent), cut(sent)]) {
        assert.ok('replies' in (await client.transact(lines, content)));
        assert.equal(peer.taken.at(-1)?.raw.toString(), wire, JSON.stringify(sent));
      }
  });

  test('extensions are read from their lines, not from the peer’s name', async () => {
    await open({ greeting: '220 dsn.test', offers: ['Size 1000', 'x-dsn', 'AUTH DSN'] });
    assert.deepEqual([client.offers('DSN'), client.offers('SIZE'), client.maxSize], [false, true, 1_000]);
  });

  test('all refused: each with its reply, and after a reset the next one goes', async () => {
    let refuse = true;
    await open({ rcpt: (line) => (refuse ? (line.includes('z@') ? '450 4.2.1 z' : '550 5.1.1 xy') : '250 ok') });
    assert.deepEqual(await client.transact(lines, Buffer.from('hi')), { replies: ['550 5.1.1 xy', '450 4.2.1 z'] });
    refuse = false;
    assert.deepEqual(await client.transact(lines, Buffer.from('hi')), {
      replies: ['250 2.0.0 taken', '250 2.0.0 taken'],
    });
    assert.deepEqual(peer.verbs, ['EHLO', 'MAIL', 'RCPT', 'RCPT', 'DATA', 'RSET', 'MAIL', 'RCPT', 'RCPT', 'DATA']);
  });

  test('DATA refused counts for those who were accepted', async () => {
    await open({ rcpt: (line) => (line.includes('z@') ? '450 4.2.1 z' : '250 ok'), data: () => '554 5.5.0 no data' });
    assert.deepEqual(await client.transact(lines, Buffer.from('hi')), {
      replies: ['554 5.5.0 no data', '450 4.2.1 z'],
    });
  });

  test('silence after the final dot ends by its own time-out, and the client is broken', async () => {
    await open({ end: () => new Promise<string>(() => {}) }, { finalDot: 100 });
    const result = await client.transact(lines, Buffer.from('hi'));
    assert.ok('broken' in result && result.phase === 'content');
    assert.notEqual(client.broken, null);
  });

  test('silence in the envelope, and a transaction that takes too long', async () => {
    await open({ data: () => '150 hm' }, { transaction: 150 });
    const result = await client.transact(lines, Buffer.from('hi'));
    assert.ok('replies' in result || result.phase === 'envelope');
    client.abandon(new Error('over'));
    await peer.stop();
    await open({ end: () => new Promise<string>(() => {}) }, { transaction: 150 });
    const slow = await client.transact(lines, Buffer.from('hi'));
    assert.ok('broken' in slow);
    assert.match(slow.broken.message, /took too long/);
  });
});
