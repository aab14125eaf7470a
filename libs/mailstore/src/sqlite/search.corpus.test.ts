import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseStructure } from '@postroad/message';
import { corpusFiles, corpusMissing } from '@postroad/message/testing';
import { UNIT_END } from '../fold.ts';
import { inbox, item } from '../testing/helpers.ts';
import { type MessageText, messageText, textMatches } from '../text.ts';
import type { SearchField } from '../types.ts';
import { openSqliteStore } from './store.ts';

const ROUNDS = 400;
const FIELDS: readonly SearchField[] = [
  'body',
  'text',
  { header: 'subject' },
  { header: 'from' },
  { header: 'received' },
];

/** The same numbers in each run. */
function* numbers(): Generator<number, never> {
  for (let seed = 42; ; yield seed / 0x7fffffff) seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
}

test(
  'the index answers for any piece of the corpus exactly as reading every message does',
  { skip: corpusMissing() },
  async () => {
    const contents = corpusFiles('.').map(({ bytes }) => bytes);
    assert.ok(contents.length >= 290, 'is the corpus whole?');
    const texts = contents.map((content): MessageText => {
      const read = (start: number, end: number): Buffer => content.subarray(start, Math.max(start, end));
      return messageText(Buffer.alloc(0), parseStructure(content).part, read);
    });
    const directory = await mkdtemp(join(tmpdir(), 'postroad-corpus-'));
    const store = await openSqliteStore({ directory });
    for (let i = 0; i < contents.length; i += 64)
      await store.deliver(contents.slice(i, i + 64).map((content) => item('a', content, { prefix: Buffer.alloc(0) })));
    await store.indexed();
    const { id } = await inbox(store, 'a');
    const source = numbers();
    const below = (limit: number): number => Math.floor(source.next().value * limit);
    for (let round = 0; round < ROUNDS; round++) {
      const field = FIELDS[round % FIELDS.length] ?? 'text';
      const { header = '', body = '' } = texts[below(texts.length)] ?? {};
      const points = Array.from(field === 'body' ? body : header);
      const start = below(points.length);
      const needle =
        points
          .slice(start, start + 1 + below(12))
          .join('')
          .split(UNIT_END)[0] ?? '';
      if (needle === '') continue;
      const expected = texts.flatMap((text, i) => (textMatches(text, field, needle) ? i + 1 : []));
      const found = await store.search('a', id, { op: 'text', field, text: needle });
      assert.deepEqual([...found.uids], expected, `${JSON.stringify(field)} ${JSON.stringify(needle)}`);
    }
    await store.close();
    await rm(directory, { recursive: true });
  },
);
