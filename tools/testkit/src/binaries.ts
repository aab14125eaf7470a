import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** The repository's root, from this file's place in it. */
export const REPOSITORY = resolve(import.meta.dirname, '../../..');

/** Where the bootstrap keeps what it fetched for this machine (`tools/stack/bootstrap.mjs`). */
export const CACHE = process.env['POSTROAD_CACHE'] ?? join(REPOSITORY, '.cache');

/** Full path of a program, looked for in PATH and the administrator's folders; null when it is not there. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return null;
}

/** The nats-server to run: the one the bootstrap fetched, or one in PATH that is new enough (2.12). */
export function natsServer(): string {
  const cached = join(CACHE, 'nats-server');
  if (existsSync(cached)) return cached;
  const found = findProgram('nats-server');
  const version =
    found === null ? null : /v(\d+)\.(\d+)/.exec(execFileSync(found, ['--version'], { encoding: 'utf8' }));
  if (found !== null && version !== null && Number(version[1]) === 2 && Number(version[2]) >= 12) return found;
  throw new Error('no nats-server 2.12 or newer: run `npm start` or `npm test` once, which fetch one into .cache/');
}

/**
 * Says what to do when a peer of a test is missing: in CI nothing is skipped, elsewhere the test is skipped by name.
 * Use as the `skip` option of a test.
 */
export function missing(...programs: string[]): string | false {
  const absent = programs.filter((name) => findProgram(name) === null);
  if (absent.length === 0) return false;
  const message = `not installed: ${absent.join(', ')} (Debian packages; \`npm test\` as root installs them)`;
  if (process.env['CI'] === 'true') throw new Error(message);
  return message;
}
