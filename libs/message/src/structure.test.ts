import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBodyStructure, decodeTransfer, parseStructure, searchText, sectionRange } from './index.ts';

const lines = (...all: string[]) => Buffer.from(all.join('\r\n'));

/** The part tree of RFC 9051 §6.4.5.1, shortened: text, binary, message (multipart inside), multipart with a message. */
const NESTED = lines(
  'From: "A" <a@x.example>',
  'Subject: outer',
  'Content-Type: multipart/mixed; boundary=o',
  '',
  'preamble',
  '--o',
  'Content-Type: text/plain',
  '',
  'one',
  '--o',
  'Content-Type: application/octet-stream',
  'Content-MD5: Q2hlY2s=',
  'Content-Language: en, de',
  'Content-Location: http://x/',
  '',
  'two',
  '--o',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  'Content-Type: multipart/alternative; boundary=i',
  '',
  '--i',
  '',
  'three.one',
  '--i',
  'Content-Type: text/html',
  '',
  '<b>three.two</b>',
  '--i--',
  '--o',
  'Content-Type: multipart/mixed; boundary=p',
  '',
  '--p',
  'Content-Type: image/gif',
  'Content-Transfer-Encoding: base64',
  '',
  'R0lG',
  '--p',
  'Content-Type: message/rfc822',
  '',
  'Subject: deep',
  '',
  'deep text',
  '',
  '--p--',
  '--o--',
  'epilogue',
  '',
);
const structure = parseStructure(NESTED);
const section = (path: string): string | null => {
  const range = sectionRange(structure, path);
  return range && NESTED.toString('latin1', range.start, range.end);
};

test('SEC-01 SEC-02 sections by part number', () => {
  assert.equal(section(''), NESTED.toString());
  assert.match(section('HEADER')!, /^From: [^]*boundary=o\r\n\r\n$/);
  assert.match(section('TEXT')!, /^preamble[^]*epilogue\r\n$/);
  assert.equal(section('1'), 'one');
  assert.equal(section('1.MIME'), 'Content-Type: text/plain\r\n\r\n');
  assert.equal(section('3.HEADER'), 'Subject: inner\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n');
  assert.match(section('3.text')!, /^--i\r\n\r\nthree.one[^]*--i--$/);
  assert.equal(section('3.1'), 'three.one');
  assert.equal(section('3.1.MIME'), '\r\n');
  assert.equal(section('3.2'), '<b>three.two</b>');
  assert.equal(section('4.1'), 'R0lG');
  assert.equal(section('4.2.HEADER'), 'Subject: deep\r\n\r\n');
  assert.equal(section('4.2.1'), 'deep text\r\n');
  assert.equal(section('4.2.TEXT'), 'deep text\r\n');
});

test('SEC-02 what does not exist is null', () => {
  for (const path of [
    '5',
    '1.1',
    '1.TEXT',
    '1.HEADER',
    '2.1',
    '4.HEADER',
    '4.2.2',
    'MIME',
    '0',
    '01',
    '1.',
    '.1',
    '1..2',
    'x',
    '1TEXT',
    '1.0',
  ])
    assert.equal(sectionRange(structure, path), null, path);
});

test('SEC-03 a message that is no multipart has part 1, its body', () => {
  const plain = parseStructure(lines('Subject: x', '', 'text', ''));
  assert.deepEqual(sectionRange(plain, '1'), sectionRange(plain, 'TEXT'));
  assert.deepEqual(sectionRange(plain, '1.MIME'), sectionRange(plain, 'HEADER'));
  assert.equal(sectionRange(plain, '2'), null);
});

test('ENV-01 ENV-02 envelope: Sender and Reply-To default to From, text as it stands', () => {
  const { envelope } = parseStructure(
    lines(
      'From: A <a@b>',
      'Sender: ',
      'Subject: =?utf-8?q?=C3=BC?=',
      'Message-ID: <1@x>',
      'To: c@d',
      'To: e@f',
      '',
      '',
    ),
  );
  assert.deepEqual(envelope.sender, envelope.from);
  assert.deepEqual(envelope.replyTo, envelope.from);
  assert.equal(envelope.subject, '=?utf-8?q?=C3=BC?=');
  assert.equal(envelope.messageId, '<1@x>');
  assert.equal(envelope.to?.length, 2);
  assert.equal(envelope.cc, null);
  assert.equal(envelope.date, null);
});

test('BST-01 BST-02 BODYSTRUCTURE of every kind', () => {
  const body = buildBodyStructure(structure);
  assert.ok(body.kind === 'multipart' && body.parts.length === 4);
  const [text, binary, message, nested] = body.parts;
  assert.ok(text?.kind === 'text' && text.size === 3 && text.lines === 0 && text.encoding === '7bit');
  assert.ok(binary?.kind === 'basic' && binary.md5 === 'Q2hlY2s=' && binary.location === 'http://x/');
  assert.deepEqual(binary.language, ['en', 'de']);
  assert.ok(message?.kind === 'message' && message.envelope.subject === 'inner' && message.body.kind === 'multipart');
  assert.ok(nested?.kind === 'multipart' && nested.parts[1]?.kind === 'message' && nested.parts[1].lines === 3);
});

test('BST-03 an empty multipart shows one empty text; an encoded message is opaque', () => {
  const empty = buildBodyStructure(parseStructure(lines('Content-Type: multipart/mixed; boundary=x', '', 'nothing')));
  assert.ok(empty.kind === 'multipart' && empty.parts.length === 1 && empty.parts[0]?.kind === 'text');
  const opaque = buildBodyStructure(
    parseStructure(lines('Content-Type: message/rfc822', 'Content-Transfer-Encoding: base64', '', 'AAAA')),
  );
  assert.deepEqual([opaque.kind, opaque.type, opaque.subtype], ['basic', 'application', 'octet-stream']);
});

test('MIME-03 parts of a digest are messages', () => {
  const digest = parseStructure(
    lines('Content-Type: multipart/digest; boundary=d', '', '--d', '', 'Subject: a', '', 'x', '--d--'),
  );
  assert.equal(digest.part.parts?.[0]?.message?.envelope.subject, 'a');
});

test('MIME-04 MIME-05 inner and outer boundaries: exact before prefix, outer ends inner, the same name twice', () => {
  const same = parseStructure(
    lines(
      'Content-Type: multipart/mixed; boundary=a',
      '',
      '--a',
      'Content-Type: multipart/mixed; boundary=a',
      '',
      '--a',
      '',
      'x',
      '--a--',
      '--a',
      '',
      'y',
      '--a--',
    ),
  );
  assert.deepEqual(
    same.part.parts?.map((part) => part.parts?.length ?? 0),
    [1, 0],
  );
  const prefix = parseStructure(
    lines(
      'Content-Type: multipart/mixed; boundary=ab',
      '',
      '--ab',
      'Content-Type: multipart/mixed; boundary=a',
      '',
      '--ab',
      '',
      'x',
    ),
  );
  assert.equal(prefix.part.parts?.length, 2);
});

test('MIME-06 no end boundary, bare LF: the last part reaches to the end', () => {
  const bytes = Buffer.from('Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\ny\n');
  assert.deepEqual(
    parseStructure(bytes).part.parts?.map((part) => [
      bytes.toString('latin1', part.bodyStart, part.bodyEnd),
      part.lines,
    ]),
    [['x\ny\n', 2]],
  );
});

test('MIME-07 limits on depth, parts and header octets set truncated and throw nothing', () => {
  const deep = parseStructure(Buffer.from('Content-Type: message/rfc822\n\n'.repeat(500)));
  assert.ok(deep.truncated);
  const many = parseStructure(Buffer.from(`Content-Type: multipart/mixed; boundary=a\n\n${'--a\n\n'.repeat(5000)}`));
  assert.ok(many.truncated && many.part.parts?.length === 999);
  const fat = parseStructure(Buffer.from(`X: ${'y'.repeat(300_000)}\nContent-Type: text/html\n\nbody`));
  assert.ok(fat.truncated && fat.part.bodyEnd - fat.part.bodyStart === 4);
});

test('MIME-08 hostile input takes linear time', () => {
  const nest = Array.from(
    { length: 30 },
    (_, i) => `Content-Type: multipart/mixed; boundary=${'-'.repeat(i)}b\n\n--${'-'.repeat(i)}b\n`,
  ).join('');
  for (const line of ['--\n', '-----------------------------\n', '--b\n', '\n', 'a:\n']) {
    // µs of this thread alone: what else the machine does is not counted.
    const began = process.threadCpuUsage();
    parseStructure(Buffer.from(nest + line.repeat(Math.ceil(4e6 / line.length))));
    assert.ok(process.threadCpuUsage(began).user < 2_000_000, line);
  }
});

test('TXT-01 TXT-02 text for search: decoded, HTML stripped, bounded', () => {
  const bytes = lines(
    'Content-Type: multipart/mixed; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Fr=F6sche=',
    ' hier',
    '--a',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(
      '<style>p{}</style><p title="a>b">K&auml;se&nbsp;&#x263A;</p><!-- no --><script>no()</script><b>fe</b>tt',
    ).toString('base64'),
    '--a',
    'Content-Type: image/png',
    '',
    'not text',
    '--a--',
  );
  const text = searchText(bytes, parseStructure(bytes));
  assert.match(text, /Frösche hier/);
  assert.match(text, /Käse ☺\s+fett/);
  assert.doesNotMatch(text, /no|not text|title/);
  assert.ok(searchText(bytes, parseStructure(bytes), 5).length <= 5);
});

test('TXT-03 transfer encodings are decoded tolerantly', () => {
  const text = (source: string, encoding: string) => decodeTransfer(Buffer.from(source), encoding).toString('latin1');
  assert.equal(text('a=3D=\r\nb =\nc=zz \t\r\nd=', 'quoted-printable'), 'a=b c=zz\r\nd');
  assert.equal(text('YQ==\r\n Yg==!', 'base64'), 'ab');
  assert.equal(text('x', 'x-unknown'), 'x');
});
