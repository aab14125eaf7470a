import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatCommand, parseCommand } from './command/registry.ts';
import { formatReply } from './reply.ts';

/** Lines made of the grammar's own pieces, so that many of them parse, and of noise. */
const piece = fc.constantFrom(
  ...['MAIL FROM:', 'RCPT TO:', '<', '>', '@', '"', '\\', 'a', 'x.test', 'ü', '[IPv6:', '::1', ']', ' ', '.', ':', ','],
  ...[
    'SIZE=5',
    ' SMTPUTF8',
    ' NOTIFY=',
    'NEVER',
    ' ORCPT=rfc822;',
    '+2B',
    ' BY=5;N',
    ' AUTH=<>',
    'EHLO ',
    'AUTH PLAIN ',
    'YQ==',
    '=',
  ],
);
const line = fc.oneof(
  fc.array(piece, { maxLength: 14 }).map((pieces) => Buffer.from(pieces.join(''))),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(`MAIL FROM:<${text}@x.test>`)),
);

test('SMTP-CMD-8 fuzz: no line crashes the parser; what it accepts is written and read to the same; what it refuses has a reply', () => {
  let accepted = 0;
  fc.assert(
    fc.property(line, (bytes) => {
      const parsed = parseCommand(bytes);
      if (!parsed.ok) {
        assert.match(formatReply(parsed.reply), /^5\d\d [^\r\n]+\r\n$/);
        return;
      }
      accepted++;
      const wire = formatCommand(parsed.value);
      assert.ok(wire.endsWith('\r\n') && !wire.slice(0, -2).includes('\n'));
      assert.deepEqual(parseCommand(Buffer.from(wire.slice(0, -2))), parsed);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(accepted > 20, `only ${String(accepted)} lines were accepted`);
});

test('SMTP-LINE-2 fuzz: hostile shapes are read in linear time', () => {
  // µs of this thread alone: what else the machine does is not counted.
  const started = process.threadCpuUsage();
  for (const unit of ['@', '<', '@a,', '"\\', 'a.', '\\', ' A=1', '+2B', 'xn--', '\\x{1}', ':', '0', 'é']) {
    const long = unit.repeat(Math.floor(1900 / Buffer.byteLength(unit)));
    for (const prefix of [
      'MAIL FROM:<',
      'MAIL FROM:<"',
      'MAIL FROM:<@',
      'MAIL FROM:<a@',
      'RCPT TO:<a@x> ORCPT=utf-8;',
      'MAIL FROM:<> ',
      'EHLO ',
    ])
      parseCommand(Buffer.from(prefix + long));
  }
  assert.ok(process.threadCpuUsage(started).user < 1_500_000);
});
