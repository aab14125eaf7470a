import { ImapFlow } from 'imapflow';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { constants, createDeflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';
import { RawClient } from './testing/raw-client.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

const SYNC = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };

async function compressed(): Promise<RawClient> {
  const client = await RawClient.connect(harness);
  await client.compress();
  return client;
}

test('imapflow compresses by itself, and works (IMAP-COMPRESS-1)', async () => {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: harness.tls,
    secure: true,
    tls: { rejectUnauthorized: false },
    auth: { user: USER, pass: PASSWORD },
    logger: false,
  });
  await client.connect();
  // the streams it has only once COMPRESS was answered with OK
  assert.ok((client as unknown as { _inflate: unknown })._inflate);
  await client.mailboxCreate('packed');
  const source = Buffer.concat([
    Buffer.from('Subject: x\r\n\r\n'),
    Buffer.from(randomBytes(150_000).toString('base64')),
  ]);
  const appended = await client.append('packed', source);
  assert.ok(appended && appended.uid === 1);
  await client.mailboxOpen('packed');
  const message = await client.fetchOne('1', { source: true, flags: true });
  assert.ok(message && message.source?.equals(source));
  await client.logout();
});

test('commands and answers go through DEFLATE, however they are cut (IMAP-COMPRESS-1)', async () => {
  const client = await compressed();
  assert.doesNotMatch(await client.ok('CAPABILITY'), /COMPRESS/);
  assert.match(await client.command('COMPRESS DEFLATE'), /NO \[COMPRESSIONACTIVE\]/);
  const octets = deflateRawSync('x1 NOOP\r\nx2 LIST "" *\r\nx3 NOOP\r\n', SYNC);
  await client.close();
  const other = await RawClient.connect(harness);
  await other.compress();
  for (const octet of octets) {
    other.writeRaw(Buffer.from([octet]));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await other.until(/^x3 OK/m);
  assert.match(other.take(), /^x1 OK[^]*\* LIST [^]*^x2 OK/m);
  await other.close();
  assert.match(other.take(), /^$|BYE/);
});

test('a large answer and a large message pass, octet for octet (IMAP-COMPRESS-1)', async () => {
  const client = await compressed();
  const body = Buffer.from(randomBytes(2 << 20).toString('base64'));
  await client.ok('CREATE large');
  client.write(`a APPEND large {${String(body.length)}+}\r\n`);
  client.write(body);
  client.write('\r\n');
  await client.until(/^a OK/m);
  client.take();
  await client.ok('SELECT large');
  assert.ok((await client.ok('FETCH 1 BODY.PEEK[]')).includes(body.toString('latin1')));
  await client.close();
});

test('what is no DEFLATE stream ends the session with BYE; the end of the stream too (IMAP-COMPRESS-4)', async () => {
  const client = await compressed();
  client.writeRaw(Buffer.from('a NOOP\r\n'.repeat(10)));
  assert.match(await client.untilClosed(), /\* BYE .*compressed/);
  const ended = await compressed();
  ended.writeRaw(deflateRawSync('a NOOP\r\n'));
  await ended.until(/^a OK/m);
  ended.writeRaw(deflateRawSync('b NOOP\r\n'));
  await ended.untilClosed();
});

test('what unpacks to very much is taken as it is used, no faster (IMAP-COMPRESS-4)', async () => {
  const client = await compressed();
  const before = process.memoryUsage().rss;
  // 1 GiB of a line without end, in 1 MiB
  const deflate = createDeflateRaw({ level: 9 });
  deflate.on('data', (chunk: Buffer) => {
    client.writeRaw(chunk);
  });
  const piece = Buffer.alloc(1 << 20, 'x');
  for (let i = 0; i < 1024 && !client.closed; i++)
    if (!deflate.write(piece)) await new Promise((resolve) => deflate.once('drain', resolve));
  assert.match(await client.untilClosed(), /\* BYE line without end/);
  deflate.destroy();
  assert.ok(process.memoryUsage().rss - before < 64 << 20);
});

test('a client that does not read its compressed answers holds nothing but itself (IMAP-COMPRESS-4)', async () => {
  const body = Buffer.from(randomBytes(6 << 20).toString('base64'));
  await harness.deliver(Buffer.concat([Buffer.from('Subject: big\r\n\r\n'), body]));
  const client = await compressed();
  await client.ok('SELECT INBOX');
  client.pause();
  client.write('f FETCH 1 BODY.PEEK[]\r\n'.repeat(20));
  const other = await compressed();
  const before = process.memoryUsage().rss;
  await new Promise((resolve) => setTimeout(resolve, 300));
  await other.ok('NOOP');
  assert.ok(process.memoryUsage().rss - before < 64 << 20);
  client.destroy();
  await other.close();
});

test('after a rest the stream goes on with a compressor made anew (IMAP-COMPRESS-5)', async () => {
  const client = await compressed();
  /** Whether what came for a command can be unpacked by somebody who has seen nothing before it. */
  const standsAlone = async (): Promise<boolean> => {
    client.packed.length = 0;
    assert.match(await client.ok('LIST "" *'), /\* LIST .*INBOX/);
    try {
      return inflateRawSync(Buffer.concat(client.packed), SYNC).toString().includes('INBOX');
    } catch {
      return false;
    }
  };
  await client.ok('LIST "" *');
  assert.equal(await standsAlone(), false, 'a compressor at work refers to what it has sent');
  // Longer than a compressor rests before it is given up (5 s); no command may come meanwhile, so there is nothing to poll.
  await new Promise((resolve) => setTimeout(resolve, 5500));
  assert.equal(await standsAlone(), true, 'the compressor was given up');
  assert.equal(await standsAlone(), false);
  await client.close();
});
