import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CACHE, findProgram } from '@postroad/testkit';

/** The promtool that the bootstrap fetched, or the one in PATH. */
const PROGRAM = [join(CACHE, 'promtool')].find(existsSync) ?? findProgram('promtool');

/** The `skip` option of a test that needs promtool. In CI nothing is skipped. */
export function missingPromtool(): string | false {
  if (PROGRAM !== null) return false;
  const message = 'promtool is not there: `npm test` fetches it on a Debian-like system';
  if (process.env['CI'] === 'true') throw new Error(message);
  return message;
}

/** Runs promtool in a folder with the given files (path → text). Resolves to its output. @throws Error with it, when it fails */
export async function promtool(args: readonly string[], files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'postroad-promtool-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    return await new Promise((done, fail) => {
      execFile(PROGRAM ?? 'promtool', args, { cwd: dir, timeout: 60_000, maxBuffer: 1 << 24 }, (error, out, err) =>
        error === null ? done(out + err) : fail(new Error(`promtool ${args.join(' ')}:\n${out}${err}`)),
      );
    });
  } finally {
    await rm(dir, { recursive: true });
  }
}
