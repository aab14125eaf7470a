import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { SessionDriver } from '../testing/session-driver.ts';

const COMMANDS = [
  'NOOP',
  'CAPABILITY',
  'LOGIN user pass',
  'AUTHENTICATE PLAIN AHVzZXIAcGFzcw==',
  'STARTTLS',
  'SELECT INBOX',
  'EXAMINE Sent (CONDSTORE)',
  'LIST (SUBSCRIBED) "" (* %) RETURN (STATUS (MESSAGES))',
  'APPEND INBOX (\\Seen) {7+}\r\nA: b\r\n\r\n',
  'FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY[1.HEADER.FIELDS (A)]<0.5>)',
  'UID FETCH * BODY[]',
  'STORE 1:* (UNCHANGEDSINCE 3) -FLAGS.SILENT (\\Seen $x)',
  'UID SEARCH RETURN (ALL) OR NOT SEEN (TEXT {1+}\r\na UID 1:3)',
  'COPY 1 Sent',
  'UID MOVE 1:* INBOX',
  'EXPUNGE',
  'IDLE\r\nDONE',
  'CLOSE',
  'ENABLE CONDSTORE',
  'RENAME Sent Out',
  'DELETE Sent',
  'ID ("a" NIL)',
];

const line = fc
  .tuple(fc.constantFrom(...COMMANDS), fc.nat(), fc.string({ maxLength: 4 }), fc.integer({ min: 0, max: 9 }))
  .map(([command, place, noise, how]) => {
    const at = place % (command.length + 1);
    if (how < 5) return command;
    if (how < 7) return command.slice(0, at) + noise + command.slice(at);
    return how < 9 ? command.slice(0, at) + command.slice(at + 1) : noise;
  });

test('mutated commands in any order, cut anywhere: no internal error, and the session goes on or says BYE (IMAP-WIRE-6)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 25 }), fc.array(fc.nat(), { maxLength: 15 }), async (lines, cuts) => {
      const backend = new MemoryBackend();
      backend.deliver(
        'INBOX',
        Buffer.from('A: b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n--x--'),
      );
      const driver = new SessionDriver({ backend, limits: { errors: 1000, authTimeout: 5000, idleTimeout: 5000 } });
      const input = Buffer.from(lines.map((text, i) => `t${String(i)} ${text}\r\n`).join(''), 'latin1');
      const places = [...new Set([0, ...cuts.map((cut) => cut % (input.length + 1)), input.length])].sort(
        (a, b) => a - b,
      );
      for (let i = 0; i + 1 < places.length; i++) {
        driver.send(input.subarray(places[i], places[i + 1]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      driver.session.end();
      await driver.done;
      assert.deepEqual(driver.errors, []);
      for (const answer of driver.take().split('\r\n').slice(0, -1)) assert.doesNotMatch(answer, /SERVERBUG/);
    }),
    { numRuns: 400 },
  );
});
