import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './repository.ts';

/** What knip finds: files, exports and dependencies that nothing uses, and dependencies that are used and not listed. */
function knip(): Promise<{ code: number; output: string }> {
  const args = [
    join(ROOT, 'node_modules/knip/bin/knip.js'),
    '--config',
    'tools/lint/knip.json',
    '--no-progress',
    '--no-config-hints',
  ];
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: ROOT, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : 1, output: stdout + stderr }),
    );
  });
}

test('nothing is exported, depended on or kept that nothing uses; every import is listed', async () => {
  const { code, output } = await knip();
  assert.ok(code === 0, `\n${output}`);
});
