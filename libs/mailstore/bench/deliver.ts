/**
 * Deliveries per second in batches of 64 messages of 10 KiB, with structure parsing, synchronous=FULL.
 * `node libs/mailstore/bench/deliver.ts [messages] [batches in flight] [accounts]`
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeliveryItem } from '../src/index.ts';
import { openSqliteStore } from '../src/index.ts';

const [total = 12_800, inFlight = 2, accounts = 50] = process.argv.slice(2).map(Number);
const directory = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'postroad-bench-'));
const store = await openSqliteStore({ directory });
const line = `${'lorem ipsum dolor sit amet '.repeat(3)}\r\n`;

function message(n: number): DeliveryItem {
  const head = `From: a@example.org\r\nTo: b@example.org\r\nSubject: message ${String(n)}\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <${String(n)}@bench>\r\n`;
  const mime = 'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b1\r\n\r\n';
  const part = (type: string): string => `--b1\r\nContent-Type: text/${type}; charset=utf-8\r\n\r\n${line.repeat(60)}`;
  const content = Buffer.from(`${head}${mime}${part('plain')}${part('html')}--b1--\r\n`);
  return {
    accountId: `account-${String(n % accounts)}`,
    queueId: String(n).padStart(26, '0'),
    finalRecipient: 'b@example.org',
    internalDate: Date.now(),
    prefix: Buffer.from(`Return-Path: <a@example.org>\r\nReceived: ${'x'.repeat(400)}\r\n`),
    content: {
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      inline: content,
      stream: () => {
        throw new Error('inline');
      },
    },
  };
}

const messages = Array.from({ length: total }, (_, n) => message(n));
let next = 0;
const cpu = process.cpuUsage();
const start = performance.now();
await Promise.all(
  Array.from({ length: inFlight }, async () => {
    while (next < messages.length) await store.deliver(messages.slice(next, (next += 64)));
  }),
);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
console.log(
  `${(total / seconds).toFixed(0)} messages/s, ${((user + system) / 1000 / total).toFixed(3)} ms CPU each, ${String(messages[0]?.content.size)} octets, synchronous=FULL`,
);
await store.close();
await rm(directory, { recursive: true });
