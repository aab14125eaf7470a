import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatParameters, parseParameters } from './registry.ts';

const mail = (text: string) => {
  const parsed = parseParameters('MAIL', text);
  return parsed.ok ? parsed.value : parsed.reply.code;
};
const rcpt = (text: string) => {
  const parsed = parseParameters('RCPT', text);
  return parsed.ok ? parsed.value : parsed.reply.code;
};
const malformed = (...texts: string[]) => {
  for (const text of texts) assert.equal(mail(text), 501, text);
};

test('SMTP-PARAM-1 unknown, misplaced and not offered parameters', () => {
  for (const text of ['FOO', 'FOO=BAR', 'NOTIFY=NEVER']) assert.equal(mail(text), 555, text);
  assert.equal(rcpt('SIZE=5'), 555);
  const parsed = parseParameters('MAIL', 'SIZE=5', new Set(['DSN']));
  assert.ok(!parsed.ok && parsed.reply.code === 555 && parsed.reply.status === '5.5.4');
});

test('SMTP-PARAM-2 malformed and repeated parameters', () => {
  malformed('SIZE=1 SIZE=2', '=5', 'SIZE==5', 'S_=1', 'SIZE=\u00001', `${'A '.repeat(33)}`);
  assert.deepEqual(mail('  SIZE=1   ret=hdrs '), { size: 1, ret: 'HDRS' });
});

test('SMTP-PARAM-3 SIZE', () => {
  assert.deepEqual(mail('SIZE=0'), { size: 0 });
  assert.deepEqual(mail('size=26214400'), { size: 26_214_400 });
  malformed('SIZE', 'SIZE=', 'SIZE=-1', 'SIZE=1k', `SIZE=${'1'.repeat(21)}`);
});

test('SMTP-PARAM-4 BODY', () => {
  assert.deepEqual(mail('BODY=8bitmime'), { body: '8BITMIME' });
  malformed('BODY', 'BODY=BINARYMIME', 'BODY=9BIT');
});

test('SMTP-PARAM-5 SMTP-PARAM-11 flags', () => {
  assert.deepEqual(mail('SMTPUTF8 REQUIRETLS'), { smtputf8: true, requireTls: true });
  malformed('SMTPUTF8=yes', 'REQUIRETLS=1');
});

test('SMTP-PARAM-6 SMTP-PARAM-7 RET and ENVID', () => {
  assert.deepEqual(mail('RET=full ENVID=a+2Bb+3D'), { ret: 'FULL', envelopeId: 'a+b=' });
  malformed('RET=SOME', 'RET', 'ENVID', 'ENVID=a+2b', 'ENVID=+0D+0A', 'ENVID=+', `ENVID=${'a'.repeat(101)}`);
});

test('SMTP-PARAM-8 NOTIFY', () => {
  assert.deepEqual(rcpt('NOTIFY=never'), { notify: ['NEVER'] });
  assert.deepEqual(rcpt('NOTIFY=DELAY,SUCCESS'), { notify: ['SUCCESS', 'DELAY'] });
  for (const bad of ['NEVER,SUCCESS', 'SUCCESS,SUCCESS', 'SOMETIMES', 'SUCCESS,'])
    assert.equal(rcpt(`NOTIFY=${bad}`), 501, bad);
});

test('SMTP-PARAM-9 ORCPT', () => {
  assert.deepEqual(rcpt('ORCPT=RFC822;Bob+2Bx@x.test'), {
    originalRecipient: { type: 'rfc822', address: 'Bob+x@x.test' },
  });
  const utf8 = { originalRecipient: { type: 'utf-8', address: 'm\u00fc@x.test' } };
  assert.deepEqual(rcpt('ORCPT=utf-8;m\\x{FC}@x.test'), utf8);
  assert.deepEqual(rcpt('ORCPT=utf-8;mü@x.test'), utf8);
  assert.equal(formatParameters('RCPT', utf8), ' ORCPT=utf-8;m\\x{FC}@x.test');
  for (const bad of [
    'rfc822',
    ';b@x',
    'rfc822;',
    'rfc822;b+ZZ',
    'rf(c;b',
    'utf-8;\\x{D800}',
    'utf-8;\\x{0A}',
    `rfc822;${'b'.repeat(500)}`,
  ])
    assert.equal(rcpt(`ORCPT=${bad}`), 501, bad);
});

test('SMTP-PARAM-10 AUTH', () => {
  assert.deepEqual(mail('AUTH=<>'), { auth: null });
  assert.deepEqual(mail('AUTH=e+2Bmc2@example.com'), { auth: { localPart: 'e+mc2', domain: 'example.com' } });
  malformed('AUTH', 'AUTH=x', 'AUTH=a@b@c', 'AUTH=a@b+0D');
});

test('SMTP-PARAM-12 MT-PRIORITY', () => {
  assert.deepEqual(mail('MT-PRIORITY=-9'), { mtPriority: -9 });
  assert.deepEqual(mail('MT-PRIORITY=0'), { mtPriority: 0 });
  malformed('MT-PRIORITY', 'MT-PRIORITY=10', 'MT-PRIORITY=-0', 'MT-PRIORITY=+3', 'MT-PRIORITY=01');
});

test('SMTP-PARAM-13 HOLDFOR and HOLDUNTIL', () => {
  assert.deepEqual(mail('HOLDFOR=3600'), { holdFor: 3600 });
  assert.deepEqual(mail('HOLDUNTIL=2026-02-28T10:00:00+01:00'), { holdUntil: Date.UTC(2026, 1, 28, 9) });
  assert.deepEqual(mail('HOLDUNTIL=2016-12-31T23:59:60Z'), { holdUntil: Date.UTC(2016, 11, 31, 23, 59, 59) });
  malformed(
    'HOLDFOR=',
    'HOLDFOR=1234567890',
    'HOLDUNTIL=2026-02-30T10:00:00Z',
    'HOLDUNTIL=2026-02-28',
    'HOLDUNTIL=2026-02-28T24:00:00Z',
  );
});

test('SMTP-PARAM-14 BY', () => {
  assert.deepEqual(mail('BY=120;R'), { by: { seconds: 120, mode: 'R', trace: false } });
  assert.deepEqual(mail('BY=-5;nt'), { by: { seconds: -5, mode: 'N', trace: true } });
  malformed('BY=0;R', 'BY=120', 'BY=120;X', 'BY=1234567890;N');
});

test('SMTP-CMD-8 parameters are written as they are read', () => {
  const text =
    ' SIZE=5 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb AUTH=a+2Bb@x REQUIRETLS MT-PRIORITY=3 HOLDFOR=5 BY=5;NT';
  const parsed = parseParameters('MAIL', text.trim());
  assert.ok(parsed.ok);
  assert.equal(formatParameters('MAIL', parsed.value), text);
});
