import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNIT_END } from '../../fold.ts';
import { chunks, headerChunks, NAME_END, OVERLAP } from './chunks.ts';

test('every piece of a text as long as the overlap is whole in one row', () => {
  for (const length of [0, 1, 16_383, 16_384, 16_385, 40_000, 100_001]) {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * 7 + Math.floor(i / 26)) % 26))).join(
      '',
    );
    const rows = chunks(text);
    for (let at = 0; at + OVERLAP <= length; at += 97) {
      const needle = text.slice(at, at + OVERLAP);
      assert.ok(
        rows.some((row) => row.includes(needle)),
        `${String(length)} ${String(at)}`,
      );
    }
    assert.ok(rows.every((row) => row.length <= 16_384 + 1 && text.includes(row)));
    assert.ok(rows.length <= Math.max(1, Math.ceil(length / (16_384 - OVERLAP))));
  }
});

test('no row begins or ends within a character', () => {
  for (const row of chunks(`x${'😀'.repeat(40_000)}`)) assert.ok(row.isWellFormed());
});

test('a long header is cut between fields; a field longer than a row keeps its name, which is not found in front of what is cut', () => {
  const short = Array.from({ length: 3_000 }, (_, i) => `x-${String(i)}: value ${String(i)}`);
  const long = `references: ${Array.from({ length: 4_000 }, (_, i) => `<${String(i)}@x>`).join(' ')}`;
  const fields = [...short, long, 'last: one'];
  const rows = headerChunks(`${UNIT_END}${fields.join(UNIT_END)}${UNIT_END}${UNIT_END}`);
  for (const field of [...short, 'last: one'])
    assert.equal(rows.filter((row) => row.includes(UNIT_END + field + UNIT_END)).length, 1, field);
  const pattern = (needle: string): RegExp => new RegExp(`${UNIT_END}references:${NAME_END}?[^${UNIT_END}]*${needle}`);
  for (const id of ['<0@x>', '<2500@x>', '<3999@x>'])
    assert.ok(
      rows.some((row) => pattern(id).test(row)),
      id,
    );
  assert.ok(!rows.some((row) => pattern('value').test(row)));
  assert.equal(rows.filter((row) => row.includes('references: ')).length, 1);
  assert.ok(rows.every((row) => row.startsWith(UNIT_END) && row.endsWith(UNIT_END)));
});
