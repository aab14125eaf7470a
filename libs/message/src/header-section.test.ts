import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderReader, HeaderSection, type MessageError, readHeaderSection, selectFields } from './index.ts';

const MAIL = Buffer.from(
  'Received: one\r\n\ttwo\r\nSUBJECT : Hi\r\n there\r\nnot a field\r\nTo: a@b\r\nTo: c@d\r\n\r\nBody: x\r\n',
);

const code = (expected: string, offset?: number) => (error: MessageError) =>
  error.code === expected && (offset === undefined || error.offset === offset);

test('HDR-01 HDR-02 HDR-03 fields with offsets, unfolded, names in any case, up to the blank line', () => {
  const section = readHeaderSection(MAIL);
  assert.equal(section.bytes.length, MAIL.indexOf('Body:'));
  assert.equal(section.text('received'), 'one\ttwo');
  assert.equal(section.text('Subject'), 'Hi there');
  assert.deepEqual(
    section.all('TO').map((field) => field.text),
    ['a@b', 'c@d'],
  );
  const subject = section.field('subject')!;
  assert.equal(MAIL.toString('latin1', subject.start, subject.end), 'SUBJECT : Hi\r\n there\r\n');
  assert.equal(MAIL[subject.valueStart - 1], 58);
});

test('HDR-04 a line that is no field is reported and kept', () => {
  const section = readHeaderSection(MAIL);
  assert.deepEqual(section.malformed, [MAIL.indexOf('not a field')]);
  assert.equal(section.fields.length, 4);
});

test('HDR-05 8-bit text is UTF-8, or windows-1252 when it is not', () => {
  assert.equal(readHeaderSection(Buffer.from('Subject: żółw\n\n')).text('subject'), 'żółw');
  assert.equal(readHeaderSection(Buffer.from('Subject: Fr\xf6sche\n\n', 'latin1')).text('subject'), 'Frösche');
});

test('HDR-06 edits leave every other octet as it was', () => {
  const section = readHeaderSection(MAIL);
  const [first, second] = section.all('to');
  const edited = section.edit([
    { prepend: 'Return-Path: <x@y>\r\n' },
    { remove: first! },
    { replace: second!, by: 'Cc: e@f,\r\n g@h\r\n' },
    { append: 'X-Last: 1\r\n' },
  ]);
  assert.equal(
    edited.bytes.toString(),
    'Return-Path: <x@y>\r\nReceived: one\r\n\ttwo\r\nSUBJECT : Hi\r\n there\r\nnot a field\r\nCc: e@f,\r\n g@h\r\nX-Last: 1\r\n\r\n',
  );
  assert.equal(section.edit([]).bytes.compare(section.bytes), 0);
});

test('HDR-06 appending to a section cut off in mid-line starts a new line', () => {
  assert.equal(
    new HeaderSection(Buffer.from('A: b')).edit([{ append: 'C: d\r\n' }]).bytes.toString(),
    'A: b\r\nC: d\r\n',
  );
});

test('HDR-07 no edit smuggles a header end, a bare line end or half a field in', () => {
  const section = readHeaderSection(MAIL);
  for (const bad of [
    '',
    'X: y',
    'X: y\n',
    'X: y\r\n\r\n',
    'X: y\r\n\r\nBody',
    'no colon\r\n',
    'X: y\rZ: a\r\n',
    'X: \0\r\n',
    ' folded\r\n',
  ])
    assert.throws(() => section.edit([{ prepend: bad }]), code('HEADER_FIELD_INVALID'), JSON.stringify(bad));
  const field = section.fields[0]!;
  assert.throws(() => section.edit([{ remove: field }, { remove: field }]), code('HEADER_FIELD_INVALID'));
});

test('HDR-08 limits on octets, fields and line length, with the offset', () => {
  const long = Buffer.from(`A: b\r\nX: ${'y'.repeat(100)}\r\n\r\n`);
  assert.throws(() => readHeaderSection(long, { bytes: 50 }), code('HEADER_TOO_LONG', 50));
  assert.throws(() => readHeaderSection(long, { lineLength: 50 }), code('HEADER_LINE_TOO_LONG', 56));
  assert.throws(() => readHeaderSection(long, { fields: 1 }), code('HEADER_TOO_MANY_FIELDS', 6));
  const endless = new HeaderReader({ bytes: 1000 });
  assert.throws(
    () => {
      for (let i = 0; i < 2000; i++) endless.push(Buffer.from('x'));
    },
    code('HEADER_TOO_LONG', 1000),
  );
});

test('HDR-01 an empty section, and a message that ends inside it', () => {
  assert.equal(readHeaderSection(Buffer.from('\r\nbody')).bytes.length, 2);
  assert.equal(readHeaderSection(Buffer.from('A: b')).text('a'), 'b');
  assert.equal(readHeaderSection(Buffer.alloc(0)).fields.length, 0);
});

test('SEC-04 HEADER.FIELDS and HEADER.FIELDS.NOT keep whole fields in order; no line of a header is hidden', () => {
  const { bytes } = readHeaderSection(MAIL);
  assert.equal(
    selectFields(bytes, ['to', 'Received']).toString(),
    'Received: one\r\n\ttwo\r\nTo: a@b\r\nTo: c@d\r\n\r\n',
  );
  assert.equal(
    selectFields(bytes, ['to', 'received'], true).toString(),
    'SUBJECT : Hi\r\n there\r\nnot a field\r\n\r\n',
  );
  // RFC 3501 §6.4.5: no blank line where the message has none
  assert.equal(selectFields(Buffer.from('A: b\r\nC: d\r\n'), ['c']).toString(), 'C: d\r\n');
});
