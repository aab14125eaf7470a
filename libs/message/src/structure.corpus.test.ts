import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildBodyStructure, parseStructure, searchText, sectionRange } from './index.ts';
import type { Part } from './types.ts';
import { allCases } from './testing/cases.ts';
import { corpusFiles, corpusMissing } from './testing/corpus.ts';

const skip = corpusMissing();

interface Listed {
  readonly why: string;
  readonly differs: readonly string[];
}
const listed = JSON.parse(readFileSync(join(import.meta.dirname, 'testing/differences.json'), 'utf8')) as Record<
  string,
  Listed
>;

test(
  'MIME-01 MIME-02 the corpus has the expected structure, and differs exactly where differences.json says so',
  { skip },
  () => {
    const cases = allCases();
    assert.ok(cases.length >= 290, `only ${cases.length} cases: is the corpus whole?`);
    const names = new Set(cases.map((each) => each.name));
    for (const name of Object.keys(listed)) assert.ok(names.has(name), `${name} is listed and not in the corpus`);
    for (const { name, differences } of cases) {
      assert.deepEqual(
        differences(),
        listed[name]?.differs ?? [],
        `${name}: change the code or differences.json (with the reason)`,
      );
      if (listed[name]) assert.ok(listed[name].why.length > 20, `${name} has no reason`);
    }
  },
);

/** Offsets of a part lie in its parent, in order, and children do not overlap. */
function checkRanges(part: Part, start: number, end: number): void {
  assert.ok(start <= part.headerStart && part.headerStart <= part.bodyStart);
  assert.ok(part.bodyStart <= part.bodyEnd && part.bodyEnd <= end, `${part.bodyEnd} > ${end}`);
  let from = part.bodyStart;
  for (const child of part.parts ?? []) {
    checkRanges(child, from, part.bodyEnd);
    from = child.bodyEnd;
  }
  if (part.message) checkRanges(part.message.part, part.bodyStart, part.bodyEnd);
}

test(
  'MIME-08 every file of the corpus parses: offsets nest, JSON keeps it, line counts are true, in time',
  { skip },
  () => {
    const files = corpusFiles('.');
    assert.ok(files.length > 800);
    for (const { name, bytes } of files) {
      // µs of this thread alone: what else the machine does is not counted.
      const began = process.threadCpuUsage();
      const structure = parseStructure(bytes);
      assert.equal(structure.size, bytes.length, name);
      checkRanges(structure.part, 0, bytes.length);
      const { bodyStart, bodyEnd, lines } = structure.part;
      assert.equal(
        lines,
        bytes.subarray(bodyStart, bodyEnd).reduce((n, octet) => n + (octet === 10 ? 1 : 0), 0),
        name,
      );
      assert.deepEqual(JSON.parse(JSON.stringify(structure)), structure, name);
      const body = buildBodyStructure(structure);
      assert.deepEqual(JSON.parse(JSON.stringify(body)), body, name);
      assert.ok(searchText(bytes, structure, 10_000).length <= 10_000, name);
      assert.deepEqual(sectionRange(structure, 'HEADER'), { start: 0, end: bodyStart }, name);
      assert.ok(process.threadCpuUsage(began).user < 2_000_000, `${name} took too long`);
    }
  },
);
