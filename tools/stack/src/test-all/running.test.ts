import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventuallyHolds } from '@postroad/testkit';
import { runningTests } from './running.ts';

test('a test file that does not end is found below the process that started it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'running-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'endless.test.ts');
  writeFileSync(file, 'setInterval(() => {}, 1000);\n');
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${file}"; true`], { detached: true, stdio: 'ignore' });
  t.after(() => process.kill(-(shell.pid ?? 0), 'SIGKILL'));
  await eventuallyHolds(() => assert.deepEqual(runningTests(shell.pid ?? 0), [file]));
  assert.ok(!runningTests(process.ppid).includes('src/**/*.test.ts'));
});
