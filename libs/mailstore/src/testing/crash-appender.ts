/**
 * Child of index-crash.test.ts: appends groups of three messages without end, small and large, while the index goes after them; prints each
 * group once it was acknowledged.
 */
import { openSqliteStore } from '../sqlite/store.ts';
import type { AppendItem } from '../types.ts';

const store = await openSqliteStore({ directory: process.argv[2] ?? '' });
const run = process.argv[3] ?? '';

async function* group(name: string): AsyncGenerator<AppendItem> {
  for (const size of [10, 1000, 200_000]) {
    const content = Buffer.from(`Subject: ${name}\r\n\r\nword${name} ${'x'.repeat(size)}`);
    const chunks = [content.subarray(0, 50), content.subarray(50)];
    const stream = (async function* () {
      yield* chunks;
    })();
    yield { flags: [], internalDate: 0, size: null, content: stream };
  }
}

for (let n = 0; ; n++) {
  const name = `${run}n${String(n)}e`;
  await store.append('crash', 'INBOX', group(name));
  if (n % 10 === 9) void store.indexed();
  process.stdout.write(`${name}\n`);
}
