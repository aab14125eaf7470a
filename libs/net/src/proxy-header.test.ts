import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cidrMatcher, clientKey, plainAddress } from './cidr.ts';
import { readProxyHeader } from './proxy-header.ts';

const v1 = (line: string) => readProxyHeader(Buffer.from(line));
const V2 = '0d0a0d0a000d0a515549540a';
const v2 = (hex: string) => readProxyHeader(Buffer.from(V2 + hex, 'hex'));

test('PROXY v1', () => {
  assert.deepEqual(v1('PROXY TCP6 2001:db8::1 ::1 1 25\r\nEHLO'), {
    ends: { remoteAddress: '2001:db8::1', remotePort: 1, localAddress: '::1', localPort: 25 },
    length: 33,
  });
  assert.deepEqual(v1('PROXY UNKNOWN whatever\r\n'), { ends: null, length: 24 });
  for (const part of ['', 'P', 'PROXY ', 'PROXY TCP4 1']) assert.equal(v1(part), null, part);
  for (const bad of [
    'EHLO',
    'PROXY TCP4 a b 1 2\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 70000 2\r\n',
    `PROXY ${'x'.repeat(120)}`,
  ])
    assert.equal(v1(bad), 'malformed', bad);
});

test('PROXY v2 tells whether the client spoke TLS to the proxy (§2.2.5)', () => {
  const told = (tlvs: string, length: string) => {
    const header = v2(`211100${length}c0000207c633640112670019${tlvs}`);
    return header === null || header === 'malformed' ? header : header.ends?.secure;
  };
  assert.equal(told('200005' + '0100000000', '14'), true);
  assert.equal(told('200005' + '0000000000', '14'), false);
  // behind another TLV; cut short; none
  assert.equal(told('040001ff' + '200005' + '0100000000', '18'), true);
  assert.equal(told('200002' + '0100', '11'), undefined);
  assert.equal(told('', '0c'), undefined);
});

test('PROXY v2', () => {
  assert.deepEqual(v2('2111000cc0000207c63364011267001900'), {
    ends: { remoteAddress: '192.0.2.7', remotePort: 0x1267, localAddress: '198.51.100.1', localPort: 25 },
    length: 28,
  });
  assert.deepEqual(v2('20000000'), { ends: null, length: 16 });
  assert.equal(v2('2111000c'), null);
  assert.equal(v2(''), null);
  for (const bad of ['1111000c', '2211000c', '2111ffff', '21110004c0000207']) assert.equal(v2(bad), 'malformed', bad);
});

test('fuzz: any octets, cut anywhere, are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, signed) => {
      const header = readProxyHeader(signed ? Buffer.concat([Buffer.from(V2, 'hex'), bytes]) : Buffer.from(bytes));
      assert.ok(header === null || header === 'malformed' || header.length > 0);
    }),
  );
});

test('CIDR blocks and client keys', () => {
  const match = cidrMatcher(['192.0.2.0/24', '2001:db8::/32', '::1']);
  for (const yes of ['192.0.2.200', '2001:db8:1::5', '::1']) assert.ok(match(yes), yes);
  for (const no of ['192.0.3.1', '2001:db9::1', '127.0.0.1']) assert.ok(!match(no), no);
  for (const bad of ['x', '1.2.3.4/33', '::1/129', '1.2.3.4/'])
    assert.throws(() => cidrMatcher([bad]), RangeError, bad);
  assert.equal(clientKey('2001:db8:0:1::9'), clientKey('2001:db8:0:1:ffff::1'));
  assert.notEqual(clientKey('2001:db8:0:1::9'), clientKey('2001:db8:0:2::9'));
  assert.equal(clientKey('::1'), '0:0:0:0::/64');
  assert.equal(plainAddress('::FFFF:192.0.2.1'), '192.0.2.1');
});
