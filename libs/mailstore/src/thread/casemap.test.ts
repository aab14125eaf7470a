import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareCodePoints, unicodeCasemap } from './casemap.ts';

test('i;unicode-casemap: titlecase of single code points, then decomposition (RFC 5051 §2)', () => {
  assert.equal(unicodeCasemap('hello 1'), 'HELLO 1');
  assert.equal(unicodeCasemap('größe'), unicodeCasemap('GRÖßE'));
  assert.notEqual(unicodeCasemap('groß'), unicodeCasemap('GROSS'));
  assert.equal(unicodeCasemap('é'), 'E\u0301');
  assert.equal(unicodeCasemap('ﬁn'), 'fiN');
  for (const dz of ['\u01c4', '\u01c5', '\u01c6']) assert.equal(unicodeCasemap(dz), 'Dz\u030c');
  assert.equal(unicodeCasemap('\u1f80'), unicodeCasemap('\u1f88'));
  assert.equal(unicodeCasemap('\u1fb3'), unicodeCasemap('\u1fbc'));
  assert.equal(unicodeCasemap('\u10d0'), '\u10d0');
  assert.equal(unicodeCasemap('\u{10428}'), '\u{10400}');
  assert.equal(unicodeCasemap('ς'), unicodeCasemap('σ'));
});

test('code points compare as their UTF-8 octets do', () => {
  const texts = ['', 'a', 'ab', 'b', '\uffee', '\u{1f600}', 'a\u{1f600}', 'a\uffee', '\u{1f600}\u{1f601}', '\ud7ff'];
  for (const a of texts)
    for (const b of texts)
      assert.equal(
        Math.sign(compareCodePoints(a, b)),
        Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
        JSON.stringify([a, b]),
      );
});
