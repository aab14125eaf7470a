/**
 * What an IMAP session asks of one mailbox: FETCH of flags and envelopes, SEARCH, SORT, THREAD; each first and again.
 * `node libs/mailstore/bench/mailbox.ts [messages]`; BENCH_DIR keeps the store (and is used again when it is filled).
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeliveryItem, FetchWant, StoreSearchKey } from '../src/index.ts';
import { openSqliteStore } from '../src/index.ts';

const total = Number(process.argv[2] ?? 10_000);
const kept = process.env['BENCH_DIR'];
const directory = kept ?? (await mkdtemp(join(tmpdir(), 'postroad-bench-')));

/** The same words in each run. */
let seed = 42;
function random(): number {
  seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
  return seed / 0x7fffffff;
}
const SYLLABLES =
  'an ber co de el fi ga hu in jo ka lo mi no or per qua re sta ti un ver wo xy ya zo tion ing ment'.split(' ');
const syllable = (): string => SYLLABLES[Math.floor(random() * SYLLABLES.length)] ?? '';
const VOCABULARY = Array.from({ length: 20_000 }, () =>
  Array.from({ length: 1 + Math.floor(random() * 4) }, syllable).join(''),
);
/** Few words are in every message, most in few (Zipf). */
const word = (): string => VOCABULARY[Math.floor(random() ** 3 * VOCABULARY.length)] ?? '';

function words(characters: number): string {
  let out = '';
  while (out.length < characters) out += `${word()}${random() < 0.1 ? '\r\n' : ' '}`;
  return out;
}

function message(n: number): DeliveryItem {
  const head = [
    `From: ${word()} ${word()} <${word()}@example.org>`,
    `To: b@example.org`,
    `Subject: ${random() < 0.5 ? 'Re: ' : ''}${word()} ${word()}`,
    `Date: ${new Date(1_700_000_000_000 + n * 60_000).toUTCString()}`,
    `Message-ID: <${String(n)}@bench>`,
    ...(n > 10 && random() < 0.5 ? [`References: <${String(n - Math.ceil(random() * 10))}@bench>`] : []),
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
  ];
  const rare = n % 1000 === 7 ? 'xylophonist ' : '';
  const content = Buffer.from(`${head.join('\r\n')}\r\n\r\n${rare}${words(800 + random() * 1800)}\r\n`);
  return {
    accountId: 'bench',
    queueId: String(n).padStart(26, '0'),
    finalRecipient: 'b@example.org',
    internalDate: 1_700_000_000_000 + n * 61_000,
    flags: n % 3 === 0 ? ['\\Seen'] : [],
    prefix: Buffer.from('Return-Path: <a@example.org>\r\n'),
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

let store = await openSqliteStore({ directory });
const have = (await store.mailbox('bench', 'INBOX'))?.messages ?? 0;
if (have < total) {
  const start = performance.now();
  for (let n = have; n < total; n += 256)
    await store.deliver(Array.from({ length: Math.min(256, total - n) }, (_, i) => message(n + i)));
  console.log(`${(total / ((performance.now() - start) / 1000)).toFixed(0)} deliveries/s beside the indexer`);
  const indexing = performance.now();
  await store.indexed();
  console.log(`index caught up ${((performance.now() - indexing) / 1000).toFixed(1)} s after the last delivery`);
}
await store.close();
store = await openSqliteStore({ directory });
const { id } = (await store.mailbox('bench', 'INBOX')) ?? { id: 0 };

/** First (cold caches of ours) and the median of five more. */
async function measure(name: string, work: () => Promise<number>): Promise<void> {
  const times: number[] = [];
  let result = 0;
  for (let i = 0; i < 6; i++) {
    const start = performance.now();
    result = await work();
    times.push(performance.now() - start);
  }
  const again = times.slice(1).sort((a, b) => a - b)[2] ?? 0;
  console.log(
    `${name.padEnd(34)} ${String(result).padStart(7)}  first ${(times[0] ?? 0).toFixed(1)} ms, again ${again.toFixed(1)} ms`,
  );
}

const uids = async (): Promise<number[]> => [...(await store.snapshot('bench', id)).uids];
const all = await uids();
const fetch = async (want: FetchWant): Promise<number> => {
  let n = 0;
  for await (const each of store.fetch('bench', id, all, want)) n += each.envelope ? 1 : each.bytes ? 1 : 1;
  return n;
};
const search = (key: StoreSearchKey) => async (): Promise<number> => (await store.search('bench', id, key)).uids.length;
const text = (needle: string, field: 'text' | 'body' | { header: string } = 'text'): StoreSearchKey => ({
  op: 'text',
  field,
  text: needle,
});

console.log(`${String(all.length)} messages`);
await measure('snapshot', async () => (await uids()).length);
await measure('fetch flags', () => fetch({}));
await measure('fetch flags, envelope', () => fetch({ envelope: true }));
await measure('fetch all forms', () => fetch({ envelope: true, bodyStructure: true, preview: true }));
await measure('fetch content', () => fetch({ content: true }));
await measure('search unseen', search({ op: 'flag', flag: '\\Seen', on: false }));
await measure('search date', search({ op: 'time', of: 'internal', from: 1_700_100_000_000, to: 1_700_300_000_000 }));
await measure('search text, rare', search(text('xylophonist')));
await measure('search text, none', search(text('nowhere to be found')));
await measure('search text, two frequent words', search(text(`${VOCABULARY[3] ?? ''} ${VOCABULARY[9] ?? ''}`)));
await measure('search text, some', search(text(VOCABULARY[16_000] ?? '')));
await measure('search text, frequent', search(text('tion')));
await measure('search text, two characters', search(text('xy')));
await measure('search subject', search(text(VOCABULARY[12_000] ?? '', { header: 'subject' })));
await measure('search message-id', search(text('7777@bench', { header: 'message-id' })));
for (const by of ['date', 'arrival', 'subject', 'from', 'size'] as const)
  await measure(
    `sort ${by}`,
    async () => (await store.sort('bench', id, { op: 'all' }, [{ by, reverse: false }])).uids.length,
  );
await measure('sort subject, date', async () => {
  const criteria = [
    { by: 'subject', reverse: false },
    { by: 'date', reverse: true },
  ] as const;
  return (await store.sort('bench', id, { op: 'all' }, criteria)).uids.length;
});
for (const by of ['references', 'orderedsubject'] as const)
  await measure(`thread ${by}`, async () => (await store.thread('bench', id, { op: 'all' }, by)).length);
console.log(`memory ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
await store.close();
if (kept === undefined) await rm(directory, { recursive: true });
