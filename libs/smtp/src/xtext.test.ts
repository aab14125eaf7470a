import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeXtext, encodeXtext } from './xtext.ts';

test('SMTP-XTEXT-1 xtext', () => {
  assert.equal(decodeXtext('a+2B+3D+20b'), 'a+= b');
  for (const bad of ['+', '+2', '+2b', '=', 'a b', 'ü', '+0A', '+7F', '+FF']) assert.equal(decodeXtext(bad), null, bad);
  assert.throws(() => encodeXtext('ü'), RangeError);
});

test('SMTP-XTEXT-1 fuzz: what is encoded decodes to the same', () => {
  const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)) });
  fc.assert(fc.property(printable, (text) => decodeXtext(encodeXtext(text)) === text));
});
