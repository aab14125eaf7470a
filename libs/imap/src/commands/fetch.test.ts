import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeTransfer } from '@postroad/message';
import { decodeStream } from '../session/transfer.ts';
import { withMessages } from '../testing/mail.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { SessionDriver } from '../testing/session-driver.ts';

const part = (encoding: string, body: string): string =>
  `--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`;
const multipart = (...parts: string[]): Buffer =>
  Buffer.from(`Subject: m\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n${parts.join('')}--x--\r\n`, 'latin1');

async function opened(message: Buffer): Promise<SessionDriver> {
  const backend = new MemoryBackend();
  backend.deliver('INBOX', message);
  return SessionDriver.selected({ backend });
}

test('BINARY decodes base64 and quoted-printable, whole or in part (IMAP-BINARY-1)', async () => {
  const driver = await opened(
    multipart(
      part('base64', Buffer.from('hello\0world').toString('base64')),
      part('quoted-printable', 'caf=C3=A9 =\r\nand more   \r\nend'),
      part('7bit', 'plain'),
    ),
  );
  assert.match(await driver.command('FETCH 1 BINARY.PEEK[1]'), /BINARY\[1\] ~\{11\}\r\nhello\0world\)/);
  assert.match(await driver.command('FETCH 1 BINARY.PEEK[1]<6.3>'), /BINARY\[1\]<6> ~\{3\}\r\nwor\)/);
  assert.match(await driver.command('FETCH 1 BINARY.PEEK[2]'), /BINARY\[2\] \{19\}\r\ncaf\xc3\xa9 and more\r\nend\)/);
  assert.match(
    await driver.command('FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.SIZE[3])'),
    /BINARY.SIZE\[1\] 11 BINARY.SIZE\[2\] 19 BINARY.SIZE\[3\] 5\)/,
  );
  assert.match(await driver.command('FETCH 1 (BINARY.PEEK[9] BINARY.SIZE[9])'), /BINARY\[9\] NIL BINARY.SIZE\[9\] 0\)/);
  assert.doesNotMatch(await driver.command('FETCH 1 FLAGS'), /Seen/);
  assert.match(await driver.command('FETCH 1 BINARY[3]'), /FLAGS \([^)]*\\Seen[^)]*\) BINARY\[3\] \{5\}\r\nplain\)/);
  const whole = multipart(part('base64', 'AAAA')).length;
  assert.match(
    await driver.command('FETCH 1 BINARY.PEEK[]'),
    new RegExp(`BINARY\\[\\] \\{(?!${String(whole)})\\d+\\}\\r\\nSubject`),
  );
  for (const bad of ['BINARY[HEADER]', 'BINARY.SIZE[1]<0.1>', 'BINARY', 'BINARY.SIZE'])
    assert.match(await driver.command(`FETCH 1 ${bad}`), /BAD/, bad);
  await driver.end();
});

test('an encoding nobody knows is UNKNOWN-CTE, and the session goes on (IMAP-BINARY-2)', async () => {
  const driver = await opened(multipart(part('x-uuencode', 'begin'), part('7bit', 'x')));
  assert.match(await driver.command('FETCH 1 BINARY.PEEK[1]'), /^c3 NO \[UNKNOWN-CTE\]/);
  assert.match(await driver.command('FETCH 1 (UID BINARY.SIZE[1])'), /^c4 NO \[UNKNOWN-CTE\]/);
  assert.match(await driver.command('FETCH 1 BINARY.PEEK[2]'), /\{1\}\r\nx\)/);
  await driver.end();
});

test('a long part is decoded as it is read (IMAP-BINARY-1)', async () => {
  const octets = randomBytes(900_000);
  const coded = octets.toString('base64').replace(/.{76}/g, '$&\r\n');
  const driver = await opened(multipart(part('base64', coded)));
  const answer = await driver.command('FETCH 1 BINARY[1]');
  const start = answer.indexOf('\r\n', answer.indexOf('{900000}')) + 2;
  assert.ok(Buffer.from(answer.slice(start, start + 900_000), 'latin1').equals(octets));
  await driver.end();
});

test('decoding in pieces gives what decoding at once gives (IMAP-BINARY-3)', async () => {
  const cutUp = async function* (octets: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
    const places = [0, ...cuts.map((cut) => cut % (octets.length + 1)).sort((a, b) => a - b), octets.length];
    for (let i = 0; i + 1 < places.length; i++) yield octets.subarray(places[i], places[i + 1]);
  };
  const text = fc
    .array(
      fc.constantFrom(
        '=',
        '==',
        '=3D',
        '=\r\n',
        ' ',
        '\t',
        '\r\n',
        '\n',
        'QUJD',
        'QQ==',
        'a',
        '=4',
        '!',
        '\r',
        'long line '.repeat(2000),
      ),
      { maxLength: 40 },
    )
    .map((words) => Buffer.from(words.join('')));
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.array(fc.nat(), { maxLength: 10 }),
      fc.constantFrom('base64', 'quoted-printable'),
      async (octets, cuts, encoding) => {
        const pieces: Uint8Array[] = [];
        for await (const piece of decodeStream(cutUp(octets, cuts), encoding)) pieces.push(piece);
        assert.equal(Buffer.concat(pieces).toString('latin1'), decodeTransfer(octets, encoding).toString('latin1'));
      },
    ),
    { numRuns: 1500 },
  );
});

test('EMAILID, THREADID and MAILBOXID (IMAP-OBJECTID-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('one', 'two') });
  assert.match(await driver.command('FETCH 1 (EMAILID THREADID)'), /EMAILID \(M1\) THREADID \(T1\)\)/);
  await driver.command('COPY 1 Sent');
  assert.match(await driver.command('SEARCH EMAILID M2'), /SEARCH 2\r\n/);
  assert.match(await driver.command('SEARCH THREADID T1'), /SEARCH 1\r\n/);
  assert.match(await driver.command('SEARCH EMAILID "a b"'), /BAD/);
  assert.match(await driver.command('CREATE new'), /OK \[MAILBOXID \(F3\)\]/);
  assert.match(await driver.command('STATUS new (MAILBOXID)'), /MAILBOXID \(F3\)\)/);
  assert.match(await driver.command('LIST "" new RETURN (STATUS (MAILBOXID))'), /STATUS "new" \(MAILBOXID \(F3\)\)/);
  assert.match(await driver.command('SELECT Sent'), /OK \[MAILBOXID \(F2\)\]/);
  assert.match(await driver.command('FETCH 1 EMAILID'), /EMAILID \(M1\)/);
  await driver.end();
});

test('SAVEDATE (IMAP-SAVEDATE-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('one') });
  const row = driver.backend.boxes.get('INBOX')?.rows[0];
  if (row) row.savedAt = Date.UTC(2024, 4, 5, 6, 7, 8);
  assert.match(await driver.command('FETCH 1 SAVEDATE'), /SAVEDATE " 5-May-2024 06:07:08 \+0000"\)/);
  assert.match(await driver.command('SEARCH SAVEDON 5-May-2024'), /SEARCH 1\r\n/);
  assert.match(await driver.command('SEARCH SAVEDBEFORE 5-May-2024'), /SEARCH\r\n/);
  assert.match(await driver.command('SEARCH SAVEDSINCE 5-May-2024 SAVEDATESUPPORTED'), /SEARCH 1\r\n/);
  await driver.end();
});

test('PREVIEW, lazy or not (IMAP-PREVIEW-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('one') });
  assert.match(await driver.command('FETCH 1 (UID PREVIEW)'), /UID 1 PREVIEW "body of one"\)/);
  assert.match(await driver.command('FETCH 1 (PREVIEW (LAZY) UID)'), /PREVIEW "body of one" UID 1\)/);
  assert.match(await driver.command('FETCH 1 PREVIEW (LAZY)'), /PREVIEW "body of one"\)/);
  assert.match(await driver.command('FETCH 1 PREVIEW (EAGER)'), /BAD/);
  await driver.end();
});

test('what clients write and mean is understood (IMAP-CLIENT-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('one', 'two', 'three') });
  const good: readonly [string, RegExp][] = [
    ['uid fetch 1:4294967295 (flags)', /3 FETCH \(UID 3/],
    [
      'UID FETCH 1:* (FLAGS UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS ("Subject" {4+}\r\nDate)])',
      /HEADER.FIELDS \(Subject Date\)\] \{\d+\}\r\nSubject: one/,
    ],
    ['FETCH 1 (BODY.PEEK[]<0.1>)', /BODY\[\]<0> \{1\}\r\nF\)/],
    ['FETCH 1 (BODY.PEEK[]<9999.1>)', /BODY\[\]<9999> \{0\}\r\n\)/],
    ['FETCH 1 (BODY.PEEK[]<0.4294967295>)', /BODY\[\]<0> \{\d\d+\}/],
    ['FETCH  1:2   (FLAGS  UID ) ', /1 FETCH \(FLAGS[^]*2 FETCH/],
    ['FETCH 1 ( FLAGS UID)', /FETCH/],
    ['NOOP ', /OK NOOP/],
    ['SEARCH  ALL ', /SEARCH 1 2 3/],
    ['UID STORE 1 +FLAGS(\\Seen)', /FLAGS \(\\Seen/],
    ['UID STORE 1 -FLAGS.SILENT \\Seen $x', /OK/],
    ['UID FETCH 7:9 FLAGS', /^c\d+ OK/],
    ['UID FETCH 9:* UID', /^\* 3 FETCH \(UID 3\)/],
    ['UID SEARCH 1:2,2:3,*', /SEARCH 1 2 3/],
    ['select "INBOX"', /READ-WRITE/],
    ['UID FETCH 1:3 (UID BODY.PEEK[1.MIME] BODY.PEEK[2])', /BODY\[1.MIME\][^]*BODY\[2\] NIL/],
    ['XLIST "" *', /BAD/],
  ];
  for (const [command, answer] of good) assert.match(await driver.command(command), answer, command);
  const set = Array.from({ length: 15_000 }, (_, i) => String(i * 2 + 1)).join(',');
  assert.match(await driver.command(`UID FETCH ${set} UID`), /UID 1\)[^]*UID 3\)\r\nc\d+ OK/);
  // pipelined: answered in order
  driver.send('p UID STORE 2 +FLAGS.SILENT (\\Deleted)\r\nq EXPUNGE\r\nr FETCH 2 UID\r\n');
  await driver.until(/^p OK[^]*^\* 2 EXPUNGE[^]*^q OK[^]*^\* 2 FETCH \(UID 3\)[^]*^r OK/m);
  await driver.end();
});

test('malformed MIME is shown as it is (IMAP-CLIENT-2)', async () => {
  const driver = await opened(
    Buffer.from(
      'Content-Type: multipart/mixed; boundary=x\r\nFrom: \xe4\r\nbad line\r\n\r\n--x\r\nno blank line',
      'latin1',
    ),
  );
  const answer = await driver.command(
    'FETCH 1 (ENVELOPE BODY BODYSTRUCTURE BODY[1] BODY[1.MIME] BODY[HEADER] BINARY[1])',
  );
  assert.match(answer, /OK FETCH/);
  assert.deepEqual(driver.errors, []);
  await driver.end();
});
