import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSource, readText, trackedFiles } from './repository.ts';

const MEDIAN = 120;
const WARN = 400;
const MOST = 500;

const sizes = trackedFiles()
  .filter(isSource)
  .map((path) => ({ path, lines: readText(path).trimEnd().split('\n').length }))
  .sort((a, b) => b.lines - a.lines);

test('rooms are small: no file over 500 lines, half of them at most 120', (context) => {
  assert.ok(sizes.length > 100, `only ${sizes.length} files were found`);
  for (const { path, lines } of sizes.filter((each) => each.lines > WARN))
    context.diagnostic(`${path} has ${lines} lines: soon too many`);
  assert.deepEqual(
    sizes.filter(({ lines }) => lines > MOST),
    [],
  );
  const median = sizes[Math.floor(sizes.length / 2)]?.lines ?? 0;
  context.diagnostic(`${sizes.length} files, median ${median} lines, largest ${sizes[0]?.lines ?? 0}`);
  assert.ok(median <= MEDIAN, `the median is ${median} lines`);
});
