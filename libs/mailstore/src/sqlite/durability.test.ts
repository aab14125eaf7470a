import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Why the test cannot run here; in CI that is a failure. */
function missing(): string | false {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return false;
  } catch {
    if (process.env['CI']) throw new Error('strace is not installed, or may not trace');
    return 'strace is not installed, or may not trace';
  }
}

test(
  'what is acknowledged was synced before: the log, and for large content file and directory too (DESIGN §1.1)',
  {
    skip: missing(),
  },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'postroad-traced-'));
    const trace = join(directory, 'trace');
    const script = fileURLToPath(new URL('../testing/traced-writer.ts', import.meta.url));
    const calls = 'trace=fsync,fdatasync,rename,renameat,renameat2,write,pwrite64';
    await promisify(execFile)('strace', [
      '-f',
      '-y',
      '-s',
      '40',
      '-e',
      calls,
      '-o',
      trace,
      process.execPath,
      script,
      join(directory, 'store'),
    ]);
    const lines = (await readFile(trace, 'latin1')).split('\n');
    const at = (what: RegExp, from: number): number => {
      const index = lines.findIndex((line, i) => i > from && what.test(line));
      assert.ok(index > 0, `no ${String(what)} after line ${String(from)}`);
      return index;
    };
    const lastBefore = (what: RegExp, end: number): number =>
      lines.findLastIndex((line, i) => i < end && what.test(line));

    const begin = at(/"begin\\n"/, 0);
    const small = at(/"small acknowledged\\n"/, begin);
    const logWritten = lastBefore(/pwrite64\(\d+<[^>]*sqlite-wal>/, small);
    const logSynced = at(/f(?:data)?sync\(\d+<[^>]*sqlite-wal>/, logWritten);
    assert.ok(begin < logWritten && logWritten < logSynced && logSynced < small);

    const large = at(/"large acknowledged\\n"/, small);
    const fileSynced = at(/f(?:data)?sync\(\d+<[^>]*\.tmp>/, small);
    const renamed = at(/rename[^(]*\([^)]*\.tmp/, fileSynced);
    const folderSynced = at(/f(?:data)?sync\(\d+<[^>]*\/content\/[0-9a-f]{2}>/, renamed);
    const committed = at(/f(?:data)?sync\(\d+<[^>]*sqlite-wal>/, folderSynced);
    assert.ok(lastBefore(/pwrite64\(\d+<[^>]*sqlite-wal>/, large) < committed && committed < large);
    await rm(directory, { recursive: true });
  },
);
