import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { ParseError } from '../errors.ts';
import { commandNamed } from '../commands/registry.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { Arguments } from './arguments.ts';
import { formatDateTime, parseDateTime, parseDay } from './date-time.ts';
import { parseFetchItems } from './fetch-items.ts';
import { listPattern } from './list-pattern.ts';
import { decodeMailboxName, encodeMailboxName } from './mailbox-name.ts';
import { SearchKeyParser } from './search-key.ts';
import { formatSet, parseSequenceSet, rangesOf, type SequenceSet } from './sequence-set.ts';
import { UidRuns } from '../session/uid-runs.ts';
import { utf8 } from './arguments.ts';

const args = (...segments: string[]): Arguments =>
  new Arguments(
    segments.map((text) => Buffer.from(text, 'latin1')),
    { maxRanges: 1000 },
  );

test('atoms, quoted strings, literals, NIL and lists (IMAP-GRAMMAR-1)', () => {
  assert.equal(args('"a \\"b\\\\"').string(), 'a "b\\');
  assert.equal(args('', 'lit\r\n"', '').astring(), 'lit\r\n"');
  assert.equal(args('nil').nstring(), null);
  assert.equal(args('abc]d').astring(), 'abc]d');
  const list = args('(a b)');
  assert.deepEqual(
    list.list(() => list.atom()),
    ['a', 'b'],
  );
  for (const bad of ['"open', '"a\\x"', '(', '', '\x80']) assert.throws(() => args(bad).astring(), ParseError, bad);
  assert.throws(() => args('4294967296').number32(), ParseError);
});

test('mailbox names in modified UTF-7 (IMAP-NAME-1)', () => {
  assert.equal(encodeMailboxName('~peter/mail/台北/日本語'), '~peter/mail/&U,BTFw-/&ZeVnLIqe-');
  assert.equal(decodeMailboxName('~peter/mail/&U,BTFw-/&ZeVnLIqe-'), '~peter/mail/台北/日本語');
  assert.equal(encodeMailboxName('a&b'), 'a&-b');
  for (const bad of ['&', '&abc', '&!!-', '&AA-', '&2AA-']) assert.equal(decodeMailboxName(bad), null, bad);
  assert.equal(args('"&AOQ-"').mailbox(), 'ä');
  assert.equal(args('"\xc3\xa4"').mailbox(), 'ä');
  const name = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => text.isWellFormed());
  fc.assert(fc.property(name, (text) => assert.equal(decodeMailboxName(encodeMailboxName(text)), text)));
});

test('sequence sets (IMAP-SET-1)', () => {
  const set = (text: string): SequenceSet => parseSequenceSet(text, 100) ?? assert.fail(text);
  assert.deepEqual(rangesOf(set('2:3,5,1,2'), 9), [
    { first: 1, last: 3 },
    { first: 5, last: 5 },
  ]);
  assert.deepEqual(rangesOf(set('*:4'), 9), [{ first: 4, last: 9 }]);
  assert.deepEqual(rangesOf(set('100:*'), 20), [{ first: 20, last: 100 }]);
  assert.deepEqual(rangesOf(set('*'), 0), []);
  for (const bad of ['', '0', '1:0', '4294967296', 'a', '1,', ':', '1:2:3', '1,'.repeat(200) + '1'])
    assert.equal(parseSequenceSet(bad, 100), null, bad);
  assert.equal(formatSet([1, 2, 3, 7, 9, 10]), '1:3,7,9:10');
  assert.equal(formatSet([3, 2, 1]), '3,2,1');
  const sorted = fc
    .uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 60 })
    .map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(sorted, sorted, (all, picked) => {
      if (picked.length === 0) return;
      const expected = all.filter((uid) => picked.includes(uid));
      assert.deepEqual(UidRuns.of(all).uidsIn(rangesOf(set(formatSet(picked)), 0)), expected);
    }),
  );
});

test('dates (IMAP-DATE-1)', () => {
  assert.equal(parseDateTime(' 1-Feb-2024 10:00:00 +0130'), Date.UTC(2024, 1, 1, 8, 30));
  assert.equal(formatDateTime(Date.UTC(2024, 1, 1, 8, 30)), ' 1-Feb-2024 08:30:00 +0000');
  assert.equal(parseDay('29-feb-2024'), Date.UTC(2024, 1, 29));
  for (const bad of ['30-Feb-2024 10:00:00 +0000', '01-Foo-2024 10:00:00 +0000', '01-Feb-2024 24:00:00 +0000', 'x'])
    assert.equal(parseDateTime(bad), null, bad);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e9 }), (s) =>
      assert.equal(parseDateTime(formatDateTime(s * 1000)), s * 1000),
    ),
  );
});

test('FETCH items (IMAP-FETCH-1)', () => {
  const [item] = parseFetchItems(args('BODY.PEEK[1.2.HEADER.FIELDS.NOT (To "x y")]<5.10>'));
  assert.deepEqual(item, {
    kind: 'section',
    path: '1.2.HEADER',
    fields: ['To', 'x y'],
    not: true,
    peek: true,
    partial: { start: 5, count: 10 },
    label: 'BODY[1.2.HEADER.FIELDS.NOT (To "x y")]<5>',
  });
  assert.deepEqual(
    parseFetchItems(args('ALL')).map((one) => one.kind),
    ['flags', 'internaldate', 'size', 'envelope'],
  );
  const good = [
    '(FLAGS UID)',
    'BODY[]',
    'body[text]',
    'BODY[1]',
    'BODY[1.MIME]',
    'RFC822.HEADER',
    'BODY',
    'BODYSTRUCTURE',
  ];
  for (const text of good) assert.ok(parseFetchItems(args(text)).length > 0, text);
  for (const bad of [
    'BODY[MIME]',
    'BODY[0]',
    'BODY[1.]x',
    'BODY[',
    'BODY[]<1>',
    'BODY[]<0.0>',
    'FOO',
    'BODY[HEADER.FIELDS ()]',
    'FLAGS[]',
  ])
    assert.throws(() => {
      const parser = args(bad);
      parseFetchItems(parser);
      parser.end();
    }, bad);
});

test('LIST patterns (IMAP-LIST-1)', () => {
  const match = (pattern: string, name: string): boolean => listPattern(pattern)(name);
  assert.ok(match('*', 'a/b') && match('%', 'a') && !match('%', 'a/b') && match('%/%', 'a/b') && match('a*c', 'abbc'));
  assert.ok(match('inbox', 'INBOX') && match('inbox/*', 'INBOX/x') && !match('Inboxes', 'INBOX') && match('', ''));
  // µs of this thread alone: what else the machine does is not counted.
  const started = process.threadCpuUsage();
  assert.equal(match('*a'.repeat(50), `${'a'.repeat(900)}b`), false);
  assert.ok(process.threadCpuUsage(started).user < 1_000_000);
});

const word = fc.oneof(
  fc.constantFrom(
    '1:*',
    '*',
    '1',
    '(',
    ')',
    '"',
    '"a"',
    'FLAGS',
    '\\Seen',
    'BODY[',
    ']',
    '<0.1>',
    'NOT',
    'OR',
    'RETURN',
    'UID',
    'INBOX',
    '%',
    '&',
    '+',
    '{3}',
  ),
  fc.string({ maxLength: 8 }),
);

test('arguments of any command: parsed or refused with a ParseError, nothing else (IMAP-GRAMMAR-2)', () => {
  const names = [
    'FETCH',
    'STORE',
    'SEARCH',
    'LIST',
    'LSUB',
    'APPEND',
    'STATUS',
    'SELECT',
    'COPY',
    'ID',
    'ENABLE',
    'AUTHENTICATE',
    'LOGIN',
    'UID EXPUNGE',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(word, { maxLength: 12 }), fc.boolean(), (name, words, spaced) => {
      const text = ` ${words.join(spaced ? ' ' : '')}`;
      try {
        commandNamed(name)?.parse(args(text), DEFAULT_LIMITS);
      } catch (error) {
        assert.ok(error instanceof ParseError, String(error));
      }
    }),
    { numRuns: 5000 },
  );
});

test('nested searches have a limit (IMAP-SEARCH-2)', () => {
  assert.throws(() => new SearchKeyParser(args(`${'('.repeat(5000)}ALL`), DEFAULT_LIMITS, utf8).keys(), ParseError);
  assert.throws(() => new SearchKeyParser(args(`${'NOT '.repeat(5000)}ALL`), DEFAULT_LIMITS, utf8).keys(), ParseError);
  assert.throws(() => new SearchKeyParser(args(`${'ALL '.repeat(2000)}ALL`), DEFAULT_LIMITS, utf8).keys(), ParseError);
});
