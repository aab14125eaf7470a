import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, formatPath, needsSmtpUtf8, parseAddress, readPath } from './path.ts';

const address = (text: string) => {
  const read = readPath(text);
  assert.notEqual(typeof read, 'string', `${text}: ${typeof read === 'string' ? read : ''}`);
  return typeof read === 'string' ? null : read.address;
};
const refused = (text: string, why = 'syntax') => {
  assert.equal(readPath(text), why, text);
};

test('SMTP-PATH-1 the null reverse-path', () => {
  assert.equal(address('<>'), null);
  assert.equal(formatPath(null), '<>');
});

test('SMTP-PATH-2 Dot-strings', () => {
  assert.deepEqual(address("<a!#$%&'*+-/=?^_`{|}~.B@x.test>"), {
    localPart: "a!#$%&'*+-/=?^_`{|}~.B",
    domain: 'x.test',
  });
  for (const bad of [
    '<.a@x>',
    '<a.@x>',
    '<a..b@x>',
    '<a b@x>',
    '<@x>',
    '<a@@x>',
    '<a,b@x>',
    '<a',
    'a@x',
    '<a>',
    '<(a)@x>',
  ])
    assert.equal(typeof readPath(bad), 'string', bad);
});

test('SMTP-PATH-3 quoted local parts', () => {
  assert.deepEqual(address('<"a b"@x>'), { localPart: 'a b', domain: 'x' });
  assert.deepEqual(address('<"a\\"\\\\>@b"@x>'), { localPart: 'a"\\>@b', domain: 'x' });
  assert.deepEqual(address('<"plain"@x>'), { localPart: 'plain', domain: 'x' });
  assert.equal(formatPath({ localPart: 'a"\\>@b', domain: 'x' }), '<"a\\"\\\\>@b"@x>');
  assert.equal(formatPath({ localPart: 'plain', domain: 'x' }), '<plain@x>');
  for (const bad of ['<""@x>', '<"a@x>', '<"a\\', '<"a"b@x>', '<"a\r\nb"@x>', '<"a\u0000"@x>', '<"\\é"@x>'])
    refused(bad);
});

test('SMTP-PATH-4 address literals', () => {
  assert.equal(address('<a@[192.0.2.1]>')?.domain, '[192.0.2.1]');
  assert.equal(address('<a@[ipv6:2001:DB8:0::0001]>')?.domain, '[IPv6:2001:db8::1]');
  for (const bad of [
    '[192.0.2.256]',
    '[192.0.2]',
    '[192.0.2.01]',
    '[2001:db8::1]',
    '[IPv6:fe80::1%25eth0]',
    '[IPv6:]',
    '[IPv6:1::2::3]',
    '[x:y]',
    '[',
  ])
    refused(`<a@${bad}>`, 'domain');
});

test('SMTP-PATH-5 source routes are dropped', () => {
  assert.deepEqual(address('<@a.test,@b.test:c@d.test>'), { localPart: 'c', domain: 'd.test' });
  for (const bad of ['<@a.test:>', '<@a.test c@d>', '<@a.test,b.test:c@d>', '<@:c@d>']) refused(bad);
});

test('SMTP-PATH-6 postmaster without a domain', () => {
  const read = readPath('<PostMaster>', { postmasterDomain: 'x.test' });
  assert.ok(typeof read === 'object');
  assert.deepEqual(read.address, { localPart: 'PostMaster', domain: 'x.test' });
  refused('<postmaster>');
  assert.equal(readPath('<root>', { postmasterDomain: 'x.test' }), 'syntax');
});

test('SMTP-PATH-7 U-labels become A-labels, in lower case', () => {
  assert.equal(address('<a@BÜCHER.Example>')?.domain, 'xn--bcher-kva.example');
  assert.equal(address('<a@XN--BCHER-KVA.example>')?.domain, 'xn--bcher-kva.example');
  const read = readPath('<a@bücher.example>');
  assert.ok(typeof read === 'object' && read.utf8);
  refused('<a@xn--\u2028.example>', 'domain');
});

test('SMTP-PATH-9 what is not a domain', () => {
  for (const bad of [
    'x_y.test',
    'x.test.',
    '.x',
    'x..y',
    '-x.test',
    'x-.test',
    '1.2.3.4',
    '0x7f.1',
    'x y',
    '',
    'x%41.test',
    'x/y',
    'x@y',
    'x:80',
    'x\t',
  ])
    refused(`<a@${bad}>`, 'domain');
});

test('SMTP-PATH-10 U-labels on writing', () => {
  assert.equal(formatAddress({ localPart: 'a', domain: 'xn--bcher-kva.example' }, true), 'a@bücher.example');
  assert.equal(formatAddress({ localPart: 'a', domain: 'xn--bcher-kva.example' }), 'a@xn--bcher-kva.example');
  assert.ok(needsSmtpUtf8({ localPart: 'ä', domain: 'x' }));
  assert.ok(!needsSmtpUtf8({ localPart: 'a', domain: 'xn--bcher-kva.example' }));
});

test('SMTP-LIMIT-1 SMTP-LIMIT-2 SMTP-LIMIT-3 octets of local part, domain and path', () => {
  assert.ok(address(`<${'l'.repeat(64)}@x>`));
  refused(`<${'l'.repeat(65)}@x>`, 'too-long');
  refused(`<${'ü'.repeat(33)}@x>`, 'too-long');
  refused(`<a@${'d'.repeat(64)}.test>`, 'domain');
  const domain = `${'d'.repeat(60)}.`.repeat(4);
  refused(`<a@${domain}${'d'.repeat(20)}>`, 'too-long');
  refused(`<${'l'.repeat(64)}@${domain.slice(0, 190)}>`, 'too-long');
});

test('SMTP-PATH-2 parseAddress takes one mailbox and nothing else', () => {
  assert.deepEqual(parseAddress('a@x'), { localPart: 'a', domain: 'x' });
  for (const bad of ['', 'a', 'a@x>', '<a@x>', 'a@x> <b@y', '@r:a@x', 'a@x\r\n', ' a@x'])
    assert.equal(parseAddress(bad), null, bad);
});
