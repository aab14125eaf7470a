import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatReply, reply, type Reply } from '@postroad/smtp';
import { RawClient, testTls } from '../testing/index.ts';
import { listenSmtp } from './smtp-listener.ts';

/** The pieces of a session, whole and broken. */
const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'EHLO c.test\r\n',
      'MAIL FROM:<a@x>\r\n',
      'RCPT TO:<b@y>\r\n',
      'DATA\r\n',
      '.\r\n',
      'text\r\n',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'RSET\r\n',
      'STARTTLS\r\n',
      'AUTH LOGIN\r\n',
      'QUIT\r\n',
      '\n',
      '\r',
      '\0',
      '..\r\n',
      'MAIL',
      '\r\n.\r\n',
      'BDAT 5\r\n',
    ),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')) },
);

test('fuzz: whatever a client sends, in whatever chunks, each reply is one, and the next client is served', async (t) => {
  const hookErrors: unknown[] = [];
  const listener = await listenSmtp({
    host: '127.0.0.1',
    port: 0,
    hostname: 'mx.test',
    tls: await testTls(),
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (fields) => hookErrors.push(fields),
    },
    handler: {
      mail: () => null,
      rcpt: () => Promise.resolve(null),
      data: async (_, __, content): Promise<Reply> => {
        for await (const chunk of content) assert.ok(chunk.length > 0);
        return reply(250, '2.0.0', 'Stored');
      },
    },
  });
  t.after(() => listener.drain(0));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 25 }), fc.integer({ min: 1, max: 60 }), async (pieces, size) => {
      const wire = Buffer.from(pieces.join(''), 'latin1');
      const client = await RawClient.open(listener.port);
      for (let at = 0; at < wire.length; at += size) await client.write(wire.subarray(at, at + size));
      // Enough to end any state: content, AUTH, an unfinished line. A stream that is broken by it is closed.
      await client.write('\r\n.\r\n*\r\nQUIT\r\n');
      if (!wire.includes('STARTTLS'))
        for (let answer = ''; answer !== 'closed';) {
          answer = await client.reply();
          assert.match(answer, /^(?:[2-5]\d\d[ -]|closed)/);
        }
      client.destroy();
    }),
    { numRuns: 300 },
  );
  const good = await RawClient.open(listener.port);
  for (const line of ['EHLO c.test', 'MAIL FROM:<a@x>', 'RCPT TO:<b@y>', 'DATA']) await good.say(line);
  await good.reply();
  assert.equal(`${await good.say('hello\r\n.')}\r\n`, formatReply(reply(250, '2.0.0', 'Stored')));
  good.destroy();
  assert.deepEqual(hookErrors, []);
});
