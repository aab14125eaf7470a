import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SmtpProtocolError } from '../error.ts';
import { DotStuffer } from './dot-stuffer.ts';
import { DotUnstuffer } from './dot-unstuffer.ts';

function cut(bytes: Buffer, sizes: number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) chunks.push(bytes.subarray(at, (at += size)));
  chunks.push(bytes.subarray(at));
  return chunks;
}

function stuff(chunks: Buffer[]): Buffer {
  const stuffer = new DotStuffer();
  const out = chunks.flatMap((chunk) => stuffer.push(chunk));
  return Buffer.concat([...out, stuffer.end()]);
}

function unstuff(chunks: Buffer[]): { content: string; rest: string | null } {
  const unstuffer = new DotUnstuffer();
  const content: Buffer[] = [];
  let rest: Buffer[] | null = null;
  for (const chunk of chunks) {
    if (rest !== null) {
      rest.push(chunk);
      continue;
    }
    const out = unstuffer.push(chunk);
    content.push(...out.content);
    if (out.rest !== null) rest = [out.rest];
  }
  return {
    content: Buffer.concat(content).toString('latin1'),
    rest: rest === null ? null : Buffer.concat(rest).toString('latin1'),
  };
}

const one = (text: string) => unstuff([Buffer.from(text, 'latin1')]);
const bare = (run: () => unknown, code: string) => {
  assert.throws(run, (error) => error instanceof SmtpProtocolError && error.code === code);
};

test('SMTP-DATA-2 only CRLF.CRLF ends the content', () => {
  assert.deepEqual(one('.\r\nNOOP\r\n'), { content: '', rest: 'NOOP\r\n' });
  assert.deepEqual(one('a\r\n.\r\n.\r\n'), { content: 'a\r\n', rest: '.\r\n' });
  assert.deepEqual(one('..\r\n.\r\n'), { content: '.\r\n', rest: '' });
  assert.deepEqual(one('a.\r\nb\r\n'), { content: 'a.\r\nb\r\n', rest: null });
});

test('SMTP-DATA-3 nothing that looks like an end passes', () => {
  for (const text of ['a\n.\n', 'a\n.\r\n', 'a\r\n.\n', '\n', 'a\r\n..\n']) bare(() => one(text), 'BARE_LF');
  for (const text of ['a\r.\r\n', 'a\r\r\n', 'a\r\n.\r.\r\n', '.\r\r\n', '\ra']) bare(() => one(text), 'BARE_CR');
  bare(() => stuff([Buffer.from('a\nb')]), 'BARE_LF');
  bare(() => stuff([Buffer.from('a\rb')]), 'BARE_CR');
  bare(() => stuff([Buffer.from('a\r')]), 'BARE_CR');
});

test('SMTP-DATA-3 fuzz: content with a bare CR or LF never passes, however it is cut', () => {
  const piece = fc.constantFrom('\r\n', '\n', '\r', '.', 'a', '\r\n.', '\r\n.\r\n');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(4)), (pieces, sizes) => {
      const text = pieces.join('');
      const end = /(?:^|\r\n)\.\r\n/.exec(text);
      const content = end === null ? text : text.slice(0, end.index + end[0].length);
      const broken = /\r(?!\n|$)|(?<!\r)\n/.test(content);
      let outcome: ReturnType<typeof unstuff> | null = null;
      try {
        outcome = unstuff(cut(Buffer.from(text), sizes));
      } catch (error) {
        assert.ok(error instanceof SmtpProtocolError);
      }
      assert.equal(outcome === null, broken);
      if (outcome !== null) assert.equal(outcome.rest, end === null ? null : text.slice(content.length));
    }),
    { numRuns: 3000 },
  );
});

test('SMTP-DATA-4 the last line gets its CRLF only when it has none', () => {
  assert.equal(stuff([Buffer.from('a')]).toString(), 'a\r\n.\r\n');
  assert.equal(stuff([Buffer.from('a\r\n')]).toString(), 'a\r\n.\r\n');
  assert.equal(stuff([]).toString(), '.\r\n');
});

test('SMTP-DATA-1 fuzz: stuffed content comes back the same, in chunks of any size', () => {
  const line = fc.string({ unit: fc.constantFrom('.', 'a', '\xff', ' '), maxLength: 5 });
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(7)), fc.array(fc.nat(7)), (lines, inSizes, outSizes) => {
      const content = lines.map((text) => `${text}\r\n`).join('');
      const wire = stuff(cut(Buffer.from(content, 'latin1'), inSizes));
      assert.deepEqual(unstuff(cut(Buffer.concat([wire, Buffer.from('QUIT\r\n')]), outSizes)), {
        content,
        rest: 'QUIT\r\n',
      });
    }),
    { numRuns: 2000 },
  );
});

test('SMTP-DATA-5 NULs are noticed', () => {
  const unstuffer = new DotUnstuffer();
  unstuffer.push(Buffer.from('ab'));
  assert.equal(unstuffer.nul, false);
  unstuffer.push(Buffer.from('c\0d'));
  assert.equal(unstuffer.nul, true);
});
