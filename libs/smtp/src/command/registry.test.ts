import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCommand, parseCommand } from './registry.ts';

const parse = (line: string) => parseCommand(Buffer.from(line));
const refusal = (line: string | Buffer): string => {
  const parsed = parseCommand(typeof line === 'string' ? Buffer.from(line) : line);
  return parsed.ok ? 'accepted' : `${String(parsed.reply.code)} ${parsed.reply.status ?? '-'}`;
};

test('SMTP-CMD-1 verbs and keywords in any case', () => {
  assert.deepEqual(parse('mAiL fRoM:<a@X.test> sIzE=5'), {
    ok: true,
    value: { verb: 'MAIL', reversePath: { localPart: 'a', domain: 'x.test' }, parameters: { size: 5 } },
  });
});

test('SMTP-CMD-2 unknown and unspoken verbs', () => {
  for (const line of ['FOO', '', ' MAIL FROM:<>', 'MAILFROM:<>', 'A'.repeat(600)])
    assert.equal(refusal(line), '500 5.5.2', line);
  assert.equal(refusal('BDAT 5 LAST'), '502 5.5.1');
});

test('SMTP-CMD-3 arguments too many and too few', () => {
  for (const line of [
    'RSET now',
    'DATA x',
    'QUIT x',
    'STARTTLS x',
    'VRFY',
    'EXPN',
    'MAIL',
    'RCPT',
    'MAIL TO:<a@x>',
    'AUTH',
  ])
    assert.equal(refusal(line), '501 5.5.4', line);
  assert.equal(refusal('EHLO'), '501 -');
  assert.deepEqual(parse('NOOP what ever'), { ok: true, value: { verb: 'NOOP', text: 'what ever' } });
  assert.deepEqual(parse('DATA  '), { ok: true, value: { verb: 'DATA' } });
});

test('SMTP-CMD-4 colon, space and brackets', () => {
  assert.ok(parse('MAIL FROM: <a@x>').ok);
  assert.equal(refusal('MAIL FROM :<a@x>'), '501 5.5.4');
  assert.equal(refusal('MAIL FROM:a@x'), '501 5.1.7');
  assert.equal(refusal('RCPT TO:a@x'), '501 5.1.3');
  assert.equal(refusal('MAIL FROM:<a@x>SIZE=5'), '501 5.5.4');
});

test('SMTP-PATH-1 a recipient cannot be empty', () => {
  assert.equal(refusal('RCPT TO:<>'), '501 5.1.3');
});

test('SMTP-CMD-5 client names', () => {
  assert.deepEqual(parse('EHLO [192.0.2.1]'), {
    ok: true,
    value: { verb: 'EHLO', name: '[192.0.2.1]', wellFormed: true },
  });
  assert.deepEqual(parse('HELO my_pc'), { ok: true, value: { verb: 'HELO', name: 'my_pc', wellFormed: false } });
  for (const line of ['EHLO a b', 'EHLO a)(b', 'EHLO <x>', `EHLO ${'x'.repeat(256)}`])
    assert.equal(refusal(line), '501 -', line);
});

test('SMTP-CMD-6 control characters and broken UTF-8', () => {
  for (const line of ['NOOP \0', 'MAIL FROM:<a\tb@x>', 'NOOP \u0085']) assert.equal(refusal(line), '500 5.5.2');
  assert.equal(refusal(Buffer.from([0x4e, 0x4f, 0x4f, 0x50, 0x20, 0xff])), '500 5.5.2');
});

test('SMTP-CMD-7 AUTH', () => {
  assert.deepEqual(parse('AUTH plain AGEAYg=='), {
    ok: true,
    value: { verb: 'AUTH', mechanism: 'PLAIN', initialResponse: Buffer.from('\0a\0b') },
  });
  assert.deepEqual(parse('AUTH LOGIN'), { ok: true, value: { verb: 'AUTH', mechanism: 'LOGIN' } });
  assert.deepEqual(parse('AUTH X ='), {
    ok: true,
    value: { verb: 'AUTH', mechanism: 'X', initialResponse: Buffer.alloc(0) },
  });
  for (const line of ['AUTH PLAIN a', 'AUTH PLAIN a=b=', 'AUTH PLAIN YQ== YQ=='])
    assert.equal(refusal(line), '501 5.5.2', line);
});

test('SMTP-LIMIT-4 long command lines', () => {
  assert.ok(parse(`NOOP ${'x'.repeat(2041)}`).ok);
  assert.equal(refusal(`NOOP ${'x'.repeat(2042)}`), '500 5.5.2');
  assert.ok(parse(`AUTH PLAIN ${'YQ=='.padStart(8000, 'YWFh')}`).ok);
});

test('SMTP-PATH-8 addresses beyond ASCII need SMTPUTF8', () => {
  assert.equal(refusal('MAIL FROM:<mü@x.test>'), '553 5.6.7');
  assert.equal(refusal('MAIL FROM:<a@bücher.test>'), '553 5.6.7');
  assert.ok(parse('MAIL FROM:<mü@x.test> SMTPUTF8').ok);
  const rcpt = parse('RCPT TO:<mü@x.test>');
  assert.ok(rcpt.ok && rcpt.value.verb === 'RCPT' && rcpt.value.utf8);
});

test('SMTP-CMD-8 commands are written as they are read', () => {
  for (const line of [
    'EHLO client.test',
    'MAIL FROM:<>',
    'MAIL FROM:<"a b"@x.test> SIZE=5 RET=FULL',
    'RCPT TO:<b@x.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2B@x.test',
    'AUTH PLAIN AGEAYg==',
    'AUTH LOGIN',
    'VRFY b',
    'NOOP',
    'DATA',
    'QUIT',
  ]) {
    const parsed = parse(line);
    assert.ok(parsed.ok, line);
    assert.equal(formatCommand(parsed.value), `${line}\r\n`);
  }
});
