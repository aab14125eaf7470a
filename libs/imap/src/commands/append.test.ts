import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mail, withMessages } from '../testing/mail.ts';
import { SessionDriver } from '../testing/session-driver.ts';

const contents = (driver: SessionDriver, mailbox = 'INBOX'): string[] =>
  (driver.backend.boxes.get(mailbox)?.rows ?? []).map((row) => row.content.toString('latin1'));

test('several messages in one APPEND are filed together or not at all (IMAP-APPEND-2)', async () => {
  const driver = await SessionDriver.selected();
  driver.send('a APPEND Sent (\\Seen) {3}\r\n');
  await driver.until(/^\+ /m);
  driver.take();
  driver.send('one (\\Flagged $x) "01-Feb-2024 00:00:00 +0000" {3}\r\n');
  await driver.until(/^\+ /m);
  driver.send('two {5+}\r\nthree\r\n');
  await driver.until(/^a OK \[APPENDUID 2 1:3\]/m);
  assert.deepEqual(contents(driver, 'Sent'), ['one', 'two', 'three']);
  assert.deepEqual(driver.backend.boxes.get('Sent')?.rows[1]?.flags, ['\\Flagged', '$x']);
  // a zero-length message cancels, a wrong flag refuses: nothing of them stays
  assert.match(await driver.command('APPEND Sent {1+}\r\nx {0+}\r\n'), /NO an empty message/);
  assert.match(await driver.command('APPEND Sent {1+}\r\nx (\\Wrong) {1+}\r\ny'), /BAD/);
  assert.equal(contents(driver, 'Sent').length, 3);
  await driver.end();
  const few = await SessionDriver.selected({ limits: { appendMessages: 2 } });
  assert.match(await few.command('APPEND INBOX {1+}\r\nx {1+}\r\ny {1+}\r\nz'), /NO \[LIMIT\]/);
  assert.match(await few.command('NOOP'), /OK/);
  await few.end();
});

test('whatever fails on the way, the stream stays in step (IMAP-APPEND-3)', async () => {
  const driver = await SessionDriver.selected({ limits: { append: 50, errors: 1000, line: 200 } });
  const text = 'z NOOP\r\n';
  const n = String(text.length);
  const refused: readonly [string, RegExp][] = [
    [`APPEND nowhere {${n}+}\r\n${text}`, /NO \[TRYCREATE\]/],
    [`APPEND INBOX (\\Bad) {${n}+}\r\n${text}`, /BAD/],
    [`APPEND INBOX "bad date" {${n}+}\r\n${text} {${n}+}\r\n${text}`, /BAD/],
    [`APPEND INBOX {${n}+}\r\n${text} garbage {${n}+}\r\n${text}`, /BAD/],
    [`APPEND INBOX {${n}+}\r\n${text}garbage`, /BAD/],
    [`APPEND INBOX {60+}\r\n${'x'.repeat(60)} {${n}+}\r\n${text}`, /NO \[TOOBIG\]/],
    [`APPEND INBOX {${n}+}\r\n${text} {60}`, /NO \[TOOBIG\]/],
    [`APPEND INBOX {${n}+}\r\n${text} {60+}\r\n${'y'.repeat(60)} {3+}\r\nabc`, /NO \[TOOBIG\]/],
    [`APPEND INBOX CATENATE (TEXT {${n}+}\r\n${text} URL {${n}+}\r\n${text})`, /NO \[BADURL/],
    [`APPEND INBOX CATENATE (NONSENSE {${n}+}\r\n${text})`, /BAD/],
    [`APPEND INBOX {${n}+}\r\n${text}${'w'.repeat(300)} {${n}+}\r\n${text}`, /BAD/],
    [`REPLACE 9 INBOX {${n}+}\r\n${text}`, /NO \[NONEXISTENT\]/],
    [`REPLACE x INBOX {${n}+}\r\n${text}`, /BAD/],
    [`UID REPLACE 9 {5+}\r\nINBOX {${n}+}\r\n${text}`, /NO/],
  ];
  for (const [command, answer] of refused) {
    assert.match(await driver.command(command), answer, command);
    assert.match(await driver.command('NOOP'), /^c\d+ OK NOOP done\r\n$/, command);
  }
  assert.deepEqual(contents(driver), []);
  // the store gives up in the middle of a message
  driver.backend.append = async (_mailbox, messages) => {
    for await (const message of messages)
      for await (const piece of message.content)
        throw Object.assign(new Error(String(piece.length)), { code: 'OVER_QUOTA' });
    throw new Error('not reached');
  };
  driver.send(`q APPEND INBOX {${n}}\r\n`);
  await driver.until(/^\+ /m);
  driver.send('z NO');
  await driver.until(/^\+ /m);
  driver.send('OP\r\n {4+}\r\nmore\r\nr NOOP\r\n');
  await driver.until(/^q NO \[OVERQUOTA\][^]*^r OK/m);
  assert.doesNotMatch(driver.take(), /^z /m);
  assert.deepEqual(driver.errors, []);
  await driver.end();
});

test('the mailbox may be a literal, the message a literal8 (IMAP-LITERAL-3)', async () => {
  const driver = await SessionDriver.selected();
  assert.match(await driver.command('APPEND {5+}\r\nINBOX ~{3+}\r\na\0b'), /OK \[APPENDUID 1 1\]/);
  assert.equal(contents(driver)[0], 'a\0b');
  assert.match(await driver.command('LIST "" ~{3+}\r\na\0b'), /BAD/);
  assert.match(await driver.command('LIST "" {3+}\r\na\0b'), /BAD NUL/);
  assert.match(await driver.command('NOOP'), /OK/);
  await driver.end();
});

test('UTF8 (RFC 6855) is taken with a literal8 alone (IMAP-APPEND-4)', async () => {
  const driver = await SessionDriver.selected();
  assert.match(await driver.command('APPEND INBOX UTF8 (~{7+}\r\nA: \xc3\xa4\r\n)'), /OK \[APPENDUID 1 1\]/);
  assert.equal(contents(driver)[0], 'A: \xc3\xa4\r\n');
  assert.match(await driver.command('APPEND INBOX UTF8 ({1+}\r\nx)'), /BAD/);
  assert.match(await driver.command('APPEND INBOX UTF8 (~{1+}\r\nx'), /BAD/);
  assert.equal(contents(driver).length, 1);
  await driver.end();
});

test('with LITERAL- only short literals come unasked (IMAP-LITERAL-2)', async () => {
  const driver = await SessionDriver.selected({ literals: 'minus' });
  assert.match(await driver.command('CAPABILITY'), /LITERAL- (?!.*LITERAL\+)/);
  assert.match(await driver.command('APPEND INBOX {4096+}\r\n' + 'x'.repeat(4096)), /OK/);
  assert.match(await driver.command('APPEND INBOX {4097+}\r\n' + 'x'.repeat(4097)), /BAD/);
  assert.match(await driver.command('LIST "" {4097+}\r\n' + 'x'.repeat(4097)), /BAD \[TOOBIG\]/);
  driver.send('a APPEND INBOX {4097}\r\n');
  await driver.until(/^\+ /m);
  driver.send('x'.repeat(4097) + '\r\n');
  await driver.until(/^a OK/m);
  await driver.end();
  const plus = new SessionDriver();
  assert.match(await plus.command('CAPABILITY'), /LITERAL\+ (?!.*LITERAL-)/);
  await plus.end();
});

test('CATENATE joins text and parts of messages (IMAP-CATENATE-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('one', 'two') });
  const validity = driver.backend.boxes.get('INBOX')?.id ?? 0;
  const answer = await driver.command(
    `APPEND Sent (\\Seen) CATENATE (URL "/INBOX;UIDVALIDITY=${String(validity)}/;UID=1/;SECTION=HEADER" TEXT {5+}\r\nhello URL {40+}\r\n/INBOX/;UID=2/;SECTION=TEXT;PARTIAL=0.55 URL ";UID=2/;SECTION=HEADER.FIELDS%20(Subject)")`,
  );
  assert.match(answer, /NO \[BADURL/);
  const good = await driver.command(
    'APPEND Sent CATENATE (URL "/INBOX/;UID=1/;SECTION=HEADER" TEXT {5+}\r\nhello URL {41+}\r\n/inbox/;UID=2/;SECTION=TEXT/;PARTIAL=5.99 URL ";UID=2/;SECTION=HEADER.FIELDS%20(Subject)")',
  );
  assert.match(good, /OK \[APPENDUID 2 1\]/);
  const [header = ''] = mail('one')
    .toString()
    .split(/(?<=\r\n\r\n)/);
  assert.equal(contents(driver, 'Sent')[0], `${header}hello${'of two\r\n'}Subject: two\r\n\r\n`);
  assert.match(
    await driver.command('APPEND Sent CATENATE (URL "/INBOX/;UID=1") (\\Seen) {3+}\r\nabc'),
    /APPENDUID 2 2:3\]/,
  );
  assert.equal(contents(driver, 'Sent')[1], mail('one').toString());
  await driver.end();
});

test('CATENATE refuses URLs that name nothing here, and too much (IMAP-CATENATE-2)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('one'), limits: { append: 200 } });
  const bad = [
    '/nowhere/;UID=1',
    '/INBOX;UIDVALIDITY=99/;UID=1',
    '/INBOX/;UID=7',
    '/INBOX/;UID=1/;SECTION=7',
    '/INBOX/;UID=1/;SECTION=NONSENSE',
    'imap://h.test/INBOX/;UID=1',
    '/%ff/;UID=1',
    'x',
  ];
  for (const url of bad) {
    const answer = await driver.command(`APPEND INBOX CATENATE (URL "${url}" TEXT {1+}\r\nx)`);
    assert.ok(answer.includes(`NO [BADURL "${url}"]`), answer);
  }
  assert.match(
    await driver.command('APPEND INBOX CATENATE (URL "/INBOX/;UID=1" URL "/INBOX/;UID=1")'),
    /NO \[TOOBIG\]/,
  );
  assert.match(await driver.command('APPEND INBOX CATENATE (TEXT {0+}\r\n)'), /NO an empty/);
  assert.equal(contents(driver).length, 1);
  await driver.end();
});

test('REPLACE files one message in place of another (IMAP-REPLACE-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('one', 'two') });
  driver.send('a REPLACE 1 INBOX (\\Draft) {3}\r\n');
  await driver.until(/^\+ /m);
  driver.send('new\r\n');
  await driver.until(/^\* OK \[APPENDUID 1 3\][^]*^\* 1 EXPUNGE\r\n\* 2 EXISTS[^]*^a OK/m);
  driver.take();
  assert.match(
    await driver.command('UID REPLACE 3 Sent CATENATE (URL "/INBOX/;UID=2")'),
    /^\* OK \[APPENDUID 2 1\][^]*^\* 2 EXPUNGE/m,
  );
  assert.match(await driver.command('REPLACE 1 INBOX {1+}\r\na {1+}\r\nb'), /BAD/);
  assert.deepEqual(contents(driver), [mail('two').toString()]);
  await driver.command('EXAMINE INBOX');
  assert.match(await driver.command('UID REPLACE 2 Sent {1+}\r\nx'), /NO \[READ-ONLY\]/);
  await driver.end();
});
