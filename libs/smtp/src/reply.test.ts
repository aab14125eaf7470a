import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EnhancedStatus } from '@postroad/mail';
import { SmtpProtocolError } from './error.ts';
import { RFC5321_LIMITS } from './limits.ts';
import { formatReply, reply, type Reply } from './reply.ts';
import { ReplyParser } from './reply-parser.ts';

const parse = (wire: string): Reply[] => new ReplyParser().push(Buffer.from(wire));
const broken = (wire: string, code: string) => {
  assert.throws(
    () => parse(wire),
    (error) => error instanceof SmtpProtocolError && error.code === code,
    wire,
  );
};

test('SMTP-REPLY-1 several lines', () => {
  assert.equal(formatReply(reply(250, null, ['a', 'b', ''])), '250-a\r\n250-b\r\n250 \r\n');
  assert.deepEqual(parse('250-a\r\n250-b\r\n250\r\n'), [{ code: 250, lines: ['a', 'b', ''] }]);
  assert.deepEqual(parse('220 x\r\n250 y\r\n'), [
    { code: 220, lines: ['x'] },
    { code: 250, lines: ['y'] },
  ]);
  for (const wire of ['250-a\r\n251 b\r\n', 'hello\r\n', '199 x\r\n', '260 x\r\n', '250x\r\n', '25\r\n'])
    broken(wire, 'BAD_REPLY');
});

test('SMTP-REPLY-2 the enhanced status, on every line and once', () => {
  assert.equal(formatReply(reply(550, '5.1.1', ['no', 'such user'])), '550-5.1.1 no\r\n550 5.1.1 such user\r\n');
  assert.equal(formatReply(reply(550, '5.1.1', '5.1.1 no')), '550 5.1.1 no\r\n');
  assert.deepEqual(parse('550-5.1.1 no\r\n550 5.1.1 such user\r\n'), [
    { code: 550, status: '5.1.1', lines: ['no', 'such user'] },
  ]);
  assert.deepEqual(parse('550 4.1.1 x\r\n'), [{ code: 550, lines: ['4.1.1 x'] }]);
  assert.deepEqual(parse('250-2.0.0 a\r\n250 b\r\n'), [{ code: 250, lines: ['2.0.0 a', 'b'] }]);
});

test('SMTP-REPLY-3 a reply cannot be split', () => {
  assert.equal(formatReply(reply(550, '5.1.1', 'a\r\n250 ok\0\u2028')), '550 5.1.1 a  250 ok  \r\n');
});

test('SMTP-LIMIT-5 long and endless replies', () => {
  broken(`250 ${'x'.repeat(3000)}`, 'LINE_TOO_LONG');
  broken('250-x\r\n'.repeat(RFC5321_LIMITS.replyLines + 1), 'TOO_MANY_LINES');
});

test('SMTP-LINE-1 bare CR and LF in replies', () => {
  broken('250 a\n', 'BARE_LF');
  broken('250 a\rb\r\n', 'BARE_CR');
});

test('SMTP-REPLY-4 fuzz: replies come back the same, in chunks of any size', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '-', '2', '.', 'ü'), maxLength: 20 });
  const status = fc.constantFrom<EnhancedStatus | null>('2.1.5', '2.0.0', null);
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 4 }),
      status,
      fc.integer({ min: 1, max: 9 }),
      (lines, mark, size) => {
        // A text that itself begins with a status is the ambiguity that SMTP-REPLY-2 settles.
        const sent = reply(
          250,
          mark,
          lines.map((line) => `x${line}`),
        );
        const wire = Buffer.from(formatReply(sent));
        const parser = new ReplyParser();
        const got: Reply[] = [];
        for (let at = 0; at < wire.length; at += size) got.push(...parser.push(wire.subarray(at, at + size)));
        assert.deepEqual(got, [sent]);
      },
    ),
  );
});
