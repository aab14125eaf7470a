import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { CHART, ROOT } from './place.ts';
import { leavesOf, type Schema, schemaOf } from './schema.ts';
import { natsValues, values } from './values/index.ts';

const read = (path: string) => readFileSync(join(ROOT, CHART, path), 'utf8');

/** Objects of a schema that let unknown keys in, by path. */
function open(schema: Schema, path = ''): string[] {
  const inner = [...Object.entries(schema.properties ?? {}), ...(schema.items ? [['[]', schema.items] as const] : [])];
  const here = schema.properties !== undefined && schema.additionalProperties !== false ? [path] : [];
  const deeper = inner.flatMap(([key, each]) => open(each, `${path}.${key}`));
  return [...here, ...deeper, ...(schema.anyOf ?? []).flatMap((each) => open(each, path))];
}

test('the schema is draft-07, lists the subchart and global, and knows every key', () => {
  const schema = JSON.parse(read('values.schema.json')) as Schema;
  assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#');
  assert.deepEqual(open(schema), []);
  assert.deepEqual(open({ properties: { a: {} } }), [''], 'the search finds nothing');
  const nats = JSON.parse(read('charts/nats/values.schema.json')) as Schema;
  assert.deepEqual(schema.properties?.['nats']?.properties, nats.properties);
  assert.ok(schema.properties?.['global'] && nats.properties?.['global']);
});

test('values.yaml says what the definition says', () => {
  assert.deepEqual(parse(read('values.yaml')), values.parse({}));
  assert.deepEqual(parse(read('charts/nats/values.yaml')), natsValues.parse({}));
});

test('every value has a meaning, and is in the table of the README', () => {
  const readme = read('README.md');
  const leaves = leavesOf(schemaOf(values));
  assert.ok(leaves.length > 200, `${leaves.length}`);
  for (const { path, description } of leaves) {
    assert.notEqual(description, '', path);
    assert.ok(readme.includes(`| \`${path}\``), `${path} is not in the README`);
  }
});
