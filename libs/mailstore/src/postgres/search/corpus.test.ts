import { missingPostgres, TestPostgres } from '@postroad/testkit';
import { parseStructure } from '@postroad/message';
import { corpusFiles, corpusMissing } from '@postroad/message/testing';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldCase, UNIT_END } from '../../fold.ts';
import { inbox, item } from '../../testing/helpers.ts';
import { type MessageText, messageText, textMatches } from '../../text.ts';
import type { SearchField } from '../../types.ts';
import { openPostgresStore } from '../store.ts';

const FIELDS: readonly SearchField[] = [
  'body',
  'text',
  { header: 'subject' },
  { header: 'received' },
  { header: 'From' },
];
/** Characters that mean something to LIKE or to a regular expression, and needles longer than a row of the index repeats. */
const SPECIAL = ['%', '_', '\\', '.*', '(', '[a', '^', '$', '\\d', "'", '?', '{', '😀', '\u0301', ' '];
const LENGTHS = [1, 2, 3, 5, 12, 40, 700];

/** The same numbers in each run. */
function* numbers(): Generator<number, never> {
  for (let seed = 7; ; yield seed / 0x7fffffff) seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
}

test(
  'the index, and what stands in for it, answer for any piece of the corpus exactly as reading every message does',
  { skip: corpusMissing() || missingPostgres() },
  async (t) => {
    const contents = corpusFiles('.').map(({ bytes }) => bytes);
    const texts = contents.map((content): MessageText => {
      const read = (start: number, end: number): Buffer => content.subarray(start, Math.max(start, end));
      return messageText(Buffer.alloc(0), parseStructure(content).part, read);
    });
    const server = await TestPostgres.start({ fsync: 'off' });
    const store = await openPostgresStore({ url: server.createDatabase(), durability: 'relaxed', indexer: false });
    t.after(async () => {
      await store.close();
      await server.stop();
    });
    for (let i = 0; i < contents.length; i += 64)
      await store.deliver(contents.slice(i, i + 64).map((content) => item('a', content, { prefix: Buffer.alloc(0) })));
    const { id } = await inbox(store, 'a');
    const check = async (field: SearchField, needle: string): Promise<void> => {
      const expected = texts.flatMap((text, i) => (textMatches(text, field, needle) ? i + 1 : []));
      const found = await store.search('a', id, { op: 'text', field, text: needle });
      assert.deepEqual([...found.uids], expected, `${JSON.stringify(field)} ${JSON.stringify(needle)}`);
      const others = await store.search('a', id, { op: 'not', key: { op: 'text', field, text: needle } });
      assert.equal(others.uids.length, texts.length - expected.length);
    };
    const source = numbers();
    const below = (limit: number): number => Math.floor(source.next().value * limit);
    const rounds = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round++) {
        const field = FIELDS[round % FIELDS.length] ?? 'text';
        const { header = '', body = '' } = texts[below(texts.length)] ?? {};
        const whole = field === 'body' ? body : header;
        const start = below(whole.length);
        const length = LENGTHS[below(LENGTHS.length)] ?? 1;
        const needle = whole.slice(start, start + length).split(UNIT_END)[0] ?? '';
        if (needle !== '' && foldCase(needle) === needle) await check(field, needle);
      }
    };
    await rounds(5);
    await store.indexed();
    assert.equal(await store.indexBacklog(), 0);
    await rounds(120);
    for (const needle of SPECIAL) for (const field of FIELDS) await check(field, foldCase(needle));
  },
);
