import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText, trackedFiles } from './repository.ts';

const LIBRARIES = ['smtp', 'message', 'dsn', 'imap'];
/** `door`: kept by `@postroad/net`, and proved there. */
const PROVED = new Set(['done', 'door']);
const STATUSES = new Set([...PROVED, 'partly', 'no']);

interface Rule {
  readonly id: string;
  readonly status: string;
}

/** The rows of the tables of a SPEC.md: id first, status last. */
function rulesOf(library: string): Rule[] {
  const rows = readText(`libs/${library}/SPEC.md`).matchAll(
    /^\| *([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+) *\|.*\| *([^|]+?) *\|$/gm,
  );
  return [...rows].map(([, id = '', status = '']) => ({ id, status: status.split(/[\s:;,(]/)[0] ?? '' }));
}

const spec = new Map(LIBRARIES.map((library) => [library, rulesOf(library)]));
const families = new Set([...spec.values()].flat().map(({ id }) => id.replace(/-\d+$/, '')));

/** Rule ids that tests cite, with a file that does. Only ids of a family that some SPEC.md has: others are not rules. */
function citations(): Map<string, string> {
  const cited = new Map<string, string>();
  for (const path of trackedFiles().filter((file) => /^(libs|apps)\/.*\.test\.ts$/.test(file)))
    for (const [id] of readText(path).matchAll(/\b[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+\b/g))
      if (families.has(id.replace(/-\d+$/, ''))) cited.set(id, path);
  return cited;
}

const cited = citations();

for (const [library, rules] of spec)
  test(`every rule of ${library} that is done is cited by a test`, () => {
    assert.ok(rules.length >= 5, `${rules.length} rules were found in libs/${library}/SPEC.md`);
    assert.deepEqual(
      rules.filter(({ status }) => !STATUSES.has(status)),
      [],
      `a status is one of ${[...STATUSES].join(', ')}`,
    );
    assert.deepEqual(
      rules.filter(({ id, status }) => PROVED.has(status) && !cited.has(id)).map(({ id }) => id),
      [],
    );
  });

test('every id that a test cites is a rule, and no rule has two rows', () => {
  const ids = [...spec.values()].flat().map(({ id }) => id);
  assert.deepEqual(
    [...cited].filter(([id]) => !ids.includes(id)).map(([id, path]) => `${id} in ${path}`),
    [],
  );
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
});
