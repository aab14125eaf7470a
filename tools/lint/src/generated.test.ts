import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatedFiles } from './generated.ts';
import { readText, ROOT } from './repository.ts';

for (const [path, text] of await generatedFiles())
  test(`${path} is what npm run generate writes`, () => {
    assert.ok(existsSync(join(ROOT, path)), `${path} is missing: npm run generate`);
    assert.equal(readText(path), text, `${path} is stale: npm run generate`);
  });
