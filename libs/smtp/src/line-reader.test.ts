import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SmtpProtocolError } from './error.ts';
import { LineReader } from './line-reader.ts';

function read(chunks: Buffer[], maxLine = 100): string[] {
  const reader = new LineReader(maxLine);
  const lines: string[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let line = reader.next(); line !== null; line = reader.next()) lines.push(line.toString());
  }
  return lines;
}

test('SMTP-LINE-1 fuzz: a stream gives its lines, or the error that the whole stream has, however it is cut', () => {
  const piece = fc.constantFrom('\r\n', '\r\n', 'a', 'bc', '\r', '\n');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 15 }), fc.integer({ min: 1, max: 5 }), (pieces, size) => {
      const text = pieces.join('');
      const bytes = Buffer.from(text);
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      const broken = /\r(?!\n|$)|(?<!\r)\n/.test(text);
      let lines: string[] | null = null;
      try {
        lines = read(chunks);
      } catch (error) {
        assert.ok(error instanceof SmtpProtocolError);
      }
      assert.equal(lines === null, broken);
      if (lines !== null) assert.deepEqual(lines, text.split('\r\n').slice(0, -1));
    }),
    { numRuns: 3000 },
  );
});

test('SMTP-LINE-2 an endless line ends at the limit', () => {
  const reader = new LineReader(100);
  reader.push(Buffer.alloc(100, 'a'));
  assert.equal(reader.next(), null);
  reader.push(Buffer.from('a'));
  assert.throws(() => reader.next(), { code: 'LINE_TOO_LONG' });
  assert.throws(() => read([Buffer.from(`${'a'.repeat(99)}\r\n`)]), { code: 'LINE_TOO_LONG' });
  assert.deepEqual(read([Buffer.from(`${'a'.repeat(98)}\r\n`)]), ['a'.repeat(98)]);
});

test('SMTP-LINE-1 what is not a line is given back', () => {
  const reader = new LineReader(100);
  reader.push(Buffer.from('DATA\r\nhello\n'));
  assert.equal(reader.next()?.toString(), 'DATA');
  assert.equal(reader.takeRest().toString(), 'hello\n');
  assert.equal(reader.pending, 0);
});
