import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeWords,
  encodeAddressField,
  encodeField,
  encodeStructuredField,
  encodeWords,
  formatDate,
  type MessageError,
  paramValue,
  parseAddressList,
  parseDate,
  parseMessageIds,
  parseStructure,
  readHeaderSection,
} from './index.ts';

const utc = (text: string) => {
  const date = parseDate(text);
  return date && `${new Date(date.time).toISOString()} ${date.zone}`;
};

test('DAT-01 DAT-02 dates, current and obsolete', () => {
  assert.equal(utc('Fri, 21 Nov 1997 09:55:06 -0600'), '1997-11-21T15:55:06.000Z -360');
  assert.equal(utc('21 Nov 97 09:55:06 GMT'), '1997-11-21T09:55:06.000Z 0');
  assert.equal(utc('Fri, 21 Nov 1997 09(comment):   55  :  06 -0600'), '1997-11-21T15:55:06.000Z -360');
  assert.equal(
    utc('Thu,\r\n 13\r\n Feb\r\n 1969\r\n 23:32 -0330 (Newfoundland Time)'),
    '1969-02-14T03:02:00.000Z -210',
  );
  assert.equal(utc('Wed, 11 Feb 98 11:51 CST'), '1998-02-11T17:51:00.000Z -360');
  assert.equal(utc('1 Jan 102 00:00:00 Z'), '2002-01-01T00:00:00.000Z 0');
  assert.equal(utc('1 Jan 49 00:00 +0000'), '2049-01-01T00:00:00.000Z 0');
  for (const bad of [
    '',
    'yesterday',
    '31 Feb 2020 00:00 +0000',
    '1 Foo 2020 00:00',
    '1 Jan 2020 24:00 +0000',
    '1 Jan 2020 00:00 +0060',
  ])
    assert.equal(parseDate(bad), null, bad);
});

test('DAT-03 a written date reads back', () => {
  assert.equal(formatDate(Date.UTC(1997, 10, 21, 15, 55, 6), -360), 'Fri, 21 Nov 1997 09:55:06 -0600');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: -839, max: 839 }), (seconds, zone) => {
      assert.deepEqual(parseDate(formatDate(seconds * 1000, zone)), { time: seconds * 1000, zone });
    }),
  );
});

test('MID-01 ids of References, obsolete phrases skipped', () => {
  assert.deepEqual(parseMessageIds('<a@b>\t<c.d@e>(note <x@y>)<f\r\n g@h>'), ['a@b', 'c.d@e', 'fg@h']);
  assert.deepEqual(parseMessageIds('Your message of Friday <1@x>'), ['1@x']);
  assert.deepEqual(parseMessageIds('bare@id'), ['bare@id']);
  assert.deepEqual(parseMessageIds('<>'), []);
});

test('ENC-01 encoded words of RFC 2047 §8 and what senders make of them', () => {
  assert.equal(decodeWords('(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)'), '(ab)');
  assert.equal(decodeWords('=?ISO-8859-1?Q?a_b?= c'), 'a b c');
  assert.equal(decodeWords('=?US-ASCII*EN?Q?Keith_Moore?='), 'Keith Moore');
  assert.equal(decodeWords('=?utf-8?B?w7w=?=\t=?utf-8?Q?=C3?= =?utf-8?Q?=BC?='), 'üü');
  assert.equal(decodeWords('=?iso-2022-jp?B?GyRCJDMbKEI=?='), 'こ');
  assert.equal(decodeWords('=?utf-7?Q?Fr+APY-sche?='), 'Frösche');
  assert.equal(decodeWords('=?nonsense?Q?x?= =?broken'), 'x =?broken');
});

test('ENC-02 what is encoded decodes to the same, in words of at most 75 characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const words = encodeWords(text);
      assert.equal(decodeWords(words), text);
      for (const word of words.split(' ')) assert.ok(word.length <= 75 && /^[\x21-\x7e]*$/.test(word), word);
    }),
  );
});

const refused = (error: MessageError) => error.code === 'HEADER_FIELD_INVALID';

test('WRT-01 WRT-02 a written field is ASCII, folded below 78 octets where it has blanks, and reads back', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) => text.replace(/[\r\n\0]/g, '').trim());
  fc.assert(
    fc.property(line, (text) => {
      const written = encodeField('Subject', text);
      assert.match(written, /^[\x20-\x7e\t\r\n]*\r\n$/);
      const { fields, malformed } = readHeaderSection(Buffer.from(`${written}\r\n`));
      assert.equal(fields.length, 1);
      assert.equal(malformed.length, 0);
      assert.equal(decodeWords(fields[0]!.text), text);
    }),
  );
  const folded = encodeField('Subject', 'word '.repeat(100));
  for (const each of folded.trimEnd().split('\r\n')) assert.ok(each.length <= 78, each);
  assert.match(encodeField('Subject', 'x'.repeat(3000)), /=\?UTF-8\?/);
});

test('WRT-03 CR, LF and NUL are refused everywhere, bad names too', () => {
  for (const bad of ['a\r\nBcc: x', 'a\nb', 'a\rb', 'a\0b']) {
    assert.throws(() => encodeField('Subject', bad), refused);
    assert.throws(() => encodeStructuredField('X', bad), refused);
    const item = { kind: 'mailbox', name: bad, route: null, localPart: 'a', domain: 'b' } as const;
    assert.throws(() => encodeAddressField('To', [item]), refused);
    assert.throws(() => encodeAddressField('To', [{ ...item, name: null, localPart: bad }]), refused);
    assert.throws(() => encodeAddressField('To', [{ ...item, name: null, domain: bad }]), refused);
  }
  for (const name of ['', 'a b', 'a:', 'ä', 'a\r\nb']) assert.throws(() => encodeField(name, 'x'), refused);
});

test('WRT-04 address fields read back: quoted names and local parts, groups, encoded names', () => {
  const list = '"Doe, J." <"a b"@x.example>, Team: z@y.example;, plain@w.example';
  const items = parseAddressList(list);
  assert.equal(encodeAddressField('To', items), `To: ${list}\r\n`);
  const encoded = encodeAddressField('From', [
    { kind: 'mailbox', name: 'Jürgen, Ä.', route: null, localPart: 'j', domain: 'x' },
  ]);
  const [back] = parseAddressList(readHeaderSection(Buffer.from(encoded)).text('from')!);
  assert.ok(back?.kind === 'mailbox' && decodeWords(back.name!) === 'Jürgen, Ä.' && back.localPart === 'j');
  assert.throws(
    () => encodeAddressField('To', [{ kind: 'mailbox', name: null, route: null, localPart: 'ü', domain: 'x' }]),
    refused,
  );
});

const partOf = (header: string) => parseStructure(Buffer.from(`${header}\r\n\r\n`)).part;

test('PRM-01 PRM-02 parameters: RFC 2045 comments and quotes, RFC 2231 pieces, common mistakes', () => {
  assert.equal(partOf('Content-Type: text/plain; charset=us-ascii (Plain "text")').params['charset'], 'us-ascii');
  assert.equal(partOf('Content-Type: multipart/mixed\r\n\tboundary="a b"').params['boundary'], 'a b');
  const url = partOf('Content-Type: message/external-body; URL*0="ftp://"; URL*1="cs.example/x"').params;
  assert.equal(paramValue(url, 'url'), 'ftp://cs.example/x');
  const title = partOf(
    "Content-Type: application/x; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
  );
  assert.equal(paramValue(title.params, 'title'), "This is even more ***fun*** isn't it!");
  const file = partOf('Content-Disposition: attachment; filename="=?utf-8?Q?=C3=BC.pdf?="').disposition;
  assert.deepEqual([file?.type, paramValue(file!.params, 'filename')], ['attachment', 'ü.pdf']);
  assert.equal(
    partOf('Content-Disposition: attachment; filename=my file.txt').disposition?.params['filename'],
    'my file.txt',
  );
  assert.deepEqual(partOf('Content-Type: text/html; __proto__=x; a=b').params, { a: 'b' });
  assert.equal(partOf('Content-Type: rubbish').type, 'text');
});
