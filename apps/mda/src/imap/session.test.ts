import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, startHarness, USER, PASSWORD } from './testing/harness.ts';
import { RawClient } from './testing/raw-client.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

const mail = (subject: string, body = 'Hello\r\n'): Buffer =>
  Buffer.from(
    `From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: ${subject}\r\nDate: Mon, 1 Jan 2024 10:00:00 +0100\r\n\r\n${body}`,
  );

test('passwords need TLS; STARTTLS forgets what came before it', async () => {
  const client = await RawClient.connect(harness, { tls: false, login: false });
  const capability = await client.ok('CAPABILITY');
  assert.match(capability, /STARTTLS/);
  assert.match(capability, /LOGINDISABLED/);
  assert.doesNotMatch(capability, /AUTH=/);
  assert.match(await client.command(`LOGIN ${USER} x`), /NO \[PRIVACYREQUIRED\]/);
  assert.match(await client.command('AUTHENTICATE PLAIN AHgAeQ=='), /NO \[PRIVACYREQUIRED\]/);
  await client.startTls();
  const secured = await client.ok('CAPABILITY');
  assert.match(secured, /AUTH=PLAIN/);
  assert.doesNotMatch(secured, /STARTTLS|LOGINDISABLED/);
  assert.match(await client.command(`LOGIN ${USER} wrong`), /NO \[AUTHENTICATIONFAILED\]/);
  assert.match(await client.command('SELECT INBOX'), /BAD/);
  const plain = Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64');
  assert.match(await client.ok(`AUTHENTICATE PLAIN ${plain}`), /CAPABILITY IMAP4rev1/);
  await client.close();
});

test('commands injected in front of the TLS handshake are not done', async () => {
  const client = await RawClient.connect(harness, { tls: false, login: false });
  client.write('t1 STARTTLS\r\nt2 NOOP\r\n');
  await client.until(/^t1 OK/m);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.doesNotMatch(client.take(), /t2/);
});

test('two sessions: EXISTS, FETCH and EXPUNGE reach the other in IDLE at once, sequence numbers stay right', async () => {
  const [one, two] = [await RawClient.connect(harness), await RawClient.connect(harness)];
  await one.ok('CREATE shared');
  await one.ok('SELECT shared');
  await two.ok('SELECT shared');
  two.write('i1 IDLE\r\n');
  await two.until(/^\+ /m);
  for (const subject of ['a', 'b', 'c']) {
    const content = mail(subject);
    one.write(`a${subject} APPEND shared (\\Seen) {${String(content.length)}+}\r\n`);
    one.write(content);
    one.write('\r\n');
  }
  await one.until(/^ac OK \[APPENDUID \d+ 3\]/m);
  await two.until(/^\* 3 EXISTS/m);
  await one.ok('STORE 2 +FLAGS (\\Deleted $Tag)');
  await two.until(/^\* 2 FETCH \(UID 2 FLAGS \(\\Seen \\Deleted \$Tag\)\)/m);
  await one.ok('EXPUNGE');
  await two.until(/^\* 2 EXPUNGE/m);
  two.write('DONE\r\n');
  await two.until(/^i1 OK/m);
  two.take();
  // one removes the first; two must not hear of it during FETCH by sequence number
  await one.ok('STORE 1 +FLAGS.SILENT \\Deleted');
  await one.ok('EXPUNGE');
  const fetched = await two.command('FETCH 1:* (UID)');
  assert.match(fetched, /\* 2 FETCH \(UID 3\)/);
  assert.doesNotMatch(fetched, /EXPUNGE\r/);
  assert.match(fetched, /NO \[EXPUNGEISSUED\]/);
  assert.match(await two.ok('NOOP'), /\* 1 EXPUNGE/);
  assert.match(await two.ok('FETCH 1 UID'), /\* 1 FETCH \(UID 3\)/);
  await one.close();
  await two.close();
});

test('.SILENT keeps back the own change, not what somebody else did before', async () => {
  const [one, two] = [await RawClient.connect(harness), await RawClient.connect(harness)];
  await one.ok('CREATE silent');
  const content = mail('x');
  await one.ok(`APPEND silent {${String(content.length)}+}\r\n${content.toString()}`);
  await one.ok('SELECT silent');
  await two.ok('SELECT silent');
  assert.doesNotMatch(await one.ok('STORE 1 +FLAGS.SILENT \\Draft'), /FETCH/);
  assert.doesNotMatch(await one.ok('NOOP'), /FETCH/);
  await one.ok('STORE 1 +FLAGS \\Flagged');
  await two.ok('UID STORE 1 +FLAGS.SILENT \\Answered').then((answer) => {
    assert.match(answer, /\* 1 FETCH \(UID 1 FLAGS \(\\Answered \\Flagged \\Draft\)\)/);
  });
  await one.close();
  await two.close();
});

test('a large APPEND is streamed and read back in pieces; too large is refused before it is sent', async () => {
  const client = await RawClient.connect(harness);
  const big = Buffer.concat([mail('big'), Buffer.alloc(3_000_000, 'line of text\r\n')]);
  client.write(`b1 APPEND Drafts "01-Feb-2024 10:00:00 +0100" {${String(big.length)}}\r\n`);
  await client.until(/^\+ /m);
  client.write(big);
  client.write('\r\n');
  await client.until(/^b1 OK \[APPENDUID/m);
  client.take();
  await client.ok('SELECT Drafts');
  const piece = await client.ok('FETCH 1 (BODY.PEEK[]<100.50> RFC822.SIZE INTERNALDATE)');
  assert.ok(piece.includes(`BODY[]<100> {50}\r\n${big.subarray(100, 150).toString('latin1')}`));
  assert.ok(piece.includes(`RFC822.SIZE ${String(big.length)}`));
  assert.ok(piece.includes('INTERNALDATE " 1-Feb-2024 09:00:00 +0000"'));
  const whole = await client.ok('UID FETCH 1 BODY.PEEK[]');
  assert.ok(whole.includes(big.toString('latin1')));
  assert.match(await client.command('APPEND Drafts {99999999999}'), /BAD/);
  assert.match(await client.command('APPEND Drafts {60000000}'), /NO \[TOOBIG\]/);
  assert.match(await client.command('APPEND nowhere {100}'), /NO \[TRYCREATE\]/);
  assert.match(await client.ok('NOOP'), /OK/);
  await client.close();
});

test('sections: the prefix belongs to the header, parts are found behind it', async () => {
  const content = Buffer.from(
    'Subject: =?utf-8?q?=C3=BC?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n' +
      '--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>two</p>\r\n--b--\r\n',
  );
  await harness.deliver(content, { accountId: 'account-bob', prefix: Buffer.from('Received: by here\r\n') });
  const client = await RawClient.connect(harness, { login: 'bob@postroad.test' });
  await client.ok('SELECT INBOX');
  const answer = await client.ok(
    'FETCH 1 (BODY.PEEK[1] BODY.PEEK[2.MIME] BODY.PEEK[HEADER.FIELDS (received subject)] BODY.PEEK[TEXT]<0.4> BODY.PEEK[9] BODYSTRUCTURE)',
  );
  assert.ok(answer.includes('BODY[1] {3}\r\none'));
  assert.ok(answer.includes('BODY[2.MIME] {27}\r\nContent-Type: text/html\r\n\r\n'));
  assert.ok(answer.includes('Received: by here\r\nSubject: =?utf-8?q?=C3=BC?=\r\n\r\n'));
  assert.ok(answer.includes('BODY[TEXT]<0> {4}\r\n--b\r'));
  assert.ok(answer.includes('BODY[9] NIL'));
  assert.match(answer, /BODYSTRUCTURE \(\("TEXT" "PLAIN" \("CHARSET" "us-ascii"\) NIL NIL "7BIT" 3 0 /);
  // new to this session (RFC 3501 §2.3.2)
  assert.match(await client.ok('FETCH 1 FLAGS'), /FLAGS \(\\Recent\)/);
  assert.match(await client.ok('FETCH 1 BODY[1]'), /FLAGS \(\\Seen \\Recent\)/);
  await client.close();
});

test('bad input is answered and bounded; others are served meanwhile', async () => {
  const client = await RawClient.connect(harness);
  const good = await RawClient.connect(harness);
  client.write(`x1 NOOP ${'y'.repeat(300_000)}\r\n`);
  await client.until(/^x1 BAD line too long/m);
  client.take();
  assert.match(await client.command('FROBNICATE'), /BAD/);
  assert.match(await client.command('SELECT'), /BAD/);
  assert.match(await client.command('LOGIN a b'), /BAD/);
  assert.match(await client.command(`SELECT {70000+}\r\n${'z'.repeat(70_000)}`), /BAD \[TOOBIG\]/);
  assert.match(await client.ok('NOOP'), /OK/);
  await good.ok('NOOP');
  client.write('bad\r\n'.repeat(30));
  assert.match(await client.untilClosed(), /\* BYE too many errors/);
  const endless = await RawClient.connect(harness);
  for (let i = 0; i < 40 && !endless.closed; i++) {
    endless.write('a'.repeat(100_000));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.match(await endless.untilClosed(), /\* BYE line without end/);
  await good.close();
});
