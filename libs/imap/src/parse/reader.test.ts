import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../limits.ts';
import { CommandReader, type ReaderEvent } from './reader.ts';

const limits = { ...DEFAULT_LIMITS, line: 1000, literal: 500, command: 3000, skip: 2000 };

/** Events of an input cut at the given places; literals are held when small, else read away. */
function read(input: Buffer, cuts: readonly number[] = []): ReaderEvent[] {
  const reader = new CommandReader(limits);
  reader.authenticated = true;
  const events: ReaderEvent[] = [];
  const places = [...new Set([0, ...cuts.map((cut) => cut % (input.length + 1)), input.length])].sort((a, b) => a - b);
  for (let i = 0; i + 1 < places.length; i++) {
    reader.push(input.subarray(places[i], places[i + 1]));
    for (let event = reader.next(); event; event = reader.next()) {
      if (event.kind === 'literal') {
        if (event.size <= limits.literal) reader.accept('hold');
        else if (event.synchronising) reader.abandon();
        else reader.accept('skip');
      }
      events.push(event.kind === 'literal' ? { ...event, segments: [] } : event);
      if (event.kind === 'error' && event.fatal) return events;
    }
  }
  return events;
}

const commands = (input: string): string[][] =>
  read(Buffer.from(input, 'latin1')).flatMap((event) =>
    event.kind === 'command' ? [event.segments.map((segment) => segment.toString('latin1'))] : [],
  );

test('lines and literals become segments (IMAP-WIRE-1, IMAP-WIRE-2)', () => {
  assert.deepEqual(commands('a NOOP\r\nb LOGIN {4}\r\nuser {4+}\r\npass\r\nc NOOP\n'), [
    ['a NOOP'],
    ['b LOGIN ', 'user', ' ', 'pass', ''],
    ['c NOOP'],
  ]);
  assert.deepEqual(commands('a X "{3}"\r\nb Y {0}\r\n\r\n'), [['a X "{3}"'], ['b Y ', '', '']]);
});

test('what is too long is refused and dropped up to its end, its literals too (IMAP-WIRE-3)', () => {
  const long = 'x'.repeat(1500);
  assert.deepEqual(commands(`a ${long}\r\nb NOOP\r\n`), [['b NOOP']]);
  assert.deepEqual(commands(`a ${long} {9+}\r\nq NOOP\r\n \r\nb NOOP\r\n`), [['b NOOP']]);
  assert.deepEqual(commands(`a X {600+}\r\n${'y\r\n'.repeat(200)} {9+}\r\nq NOOP\r\n \r\nb NOOP\r\n`), [['b NOOP']]);
  const [event] = read(Buffer.from(`a ${long}`));
  assert.ok(event?.kind === 'error' && !event.fatal);
  assert.ok(
    read(Buffer.from('x'.repeat(5000)), [1100, 2000, 3500, 4500]).some((one) => one.kind === 'error' && one.fatal),
  );
});

test('NUL is refused (IMAP-WIRE-4)', () => {
  assert.ok(read(Buffer.from('a NO\0OP\r\n')).some((event) => event.kind === 'error'));
});

test('a streamed literal passes through in pieces and the command goes on behind it (IMAP-WIRE-5)', () => {
  const reader = new CommandReader(limits);
  reader.push(Buffer.from('a APPEND x {10}\r\n01234'));
  assert.equal(reader.next()?.kind, 'literal');
  reader.accept('stream');
  assert.equal(reader.next(), null);
  assert.equal(reader.streamed()?.toString(), '01234');
  assert.equal(reader.streamed(), null);
  reader.push(Buffer.from('56789\r\nb NOOP\r\n'));
  assert.equal(reader.streamed()?.toString(), '56789');
  assert.equal(reader.streamed()?.length, 0);
  assert.deepEqual(reader.nextLine(100), Buffer.from(''));
  reader.abandon();
  const event = reader.next();
  assert.ok(event?.kind === 'command' && event.segments[0]?.toString() === 'b NOOP');
});

const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '\r\n',
      '\n',
      '{3}\r\n',
      '{3+}\r\n',
      '{700+}\r\n',
      '{700}\r\n',
      'a NOOP',
      ' ',
      '"',
      '{',
      '}',
      '\0',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }) },
  { weight: 1, arbitrary: fc.constant('z'.repeat(1100)) },
);

test('any input, cut anywhere: no crash, bounded memory (IMAP-WIRE-6)', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 20 }), (pieces, cuts) => {
      const input = Buffer.from(pieces.join(''), 'latin1');
      for (const event of read(input, cuts)) {
        if (event.kind !== 'command') continue;
        const size = event.segments.reduce((n, segment) => n + segment.length, 0);
        assert.ok(size <= limits.command + limits.literal);
      }
    }),
    { numRuns: 3000 },
  );
});

test('commands within the limits are the same wherever the input is cut (IMAP-WIRE-6)', () => {
  const good = fc.array(fc.constantFrom('a NOOP\r\n', 'b X {3+}\r\nabc\r\n', 'c {5}\r\n\r\n\r\nx y\r\n', 'd "q"\n'), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(good, fc.array(fc.nat(), { maxLength: 20 }), (pieces, cuts) => {
      const input = Buffer.from(pieces.join(''));
      assert.deepEqual(read(input, cuts), read(input));
    }),
  );
});
