import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The repository's root, from this file's place in it. */
export const ROOT = resolve(import.meta.dirname, '../../..');

/** Paths below the root of every file that git has or would take (not ignored), in order. */
export function trackedFiles(): string[] {
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 } as const;
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options);
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(ROOT, path))).sort();
}

/** A file of the repository as text. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Source that ships or is run: not tests, nor what helps them, nor fixtures. */
export function isSource(path: string): boolean {
  return (
    /^(apps|libs|tools)\/.*\.(ts|tsx|mjs)$/.test(path) &&
    !/\.test\.tsx?$|\.d\.ts$|\/(testing|fixtures|goldens|bench)\//.test(path)
  );
}
