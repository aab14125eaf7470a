import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const HERE = resolve(import.meta.dirname, '../..');
export const DIST = join(HERE, 'dist');
const BUILD_LIMIT_MS = 120_000;

/** Hash of all that the client is made from. */
async function stampOf(): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(join(HERE, 'client'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const others = ['vite.config.ts', 'package.json', 'src/api-types.ts', '../../package-lock.json'].map((name) =>
    join(HERE, name),
  );
  for (const file of [...files.sort(), ...others.filter((path) => existsSync(path))])
    hash
      .update(file.slice(HERE.length))
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  return hash.digest('hex');
}

const read = (file: string) => readFile(file, 'utf8').catch(() => '');

/**
 * Builds the client unless dist holds what the sources say (dist/.stamp). Two may do this at once: each builds in a folder of its
 * own and puts it in place by renaming. An installation without sources serves the dist it came with.
 */
export async function ensureClient(): Promise<'fresh' | 'built'> {
  if (!existsSync(join(HERE, 'client')) && existsSync(DIST)) return 'fresh';
  const stamp = await stampOf();
  if ((await read(join(DIST, '.stamp'))) === stamp) return 'fresh';
  const folder = join(HERE, '.cache', `dist.${process.pid}`);
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  const args = [vite, 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: HERE, timeout: BUILD_LIMIT_MS });
    await writeFile(join(folder, '.stamp'), stamp);
    await putInPlace(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return 'built';
}

async function putInPlace(folder: string): Promise<void> {
  const old = `${folder}.old`;
  for (let attempt = 0; ; attempt += 1) {
    await rename(DIST, old).catch(() => undefined);
    try {
      await rename(folder, DIST);
      break;
    } catch (error) {
      // Another process was faster between the two; what it built is as good, but ours may be newer.
      if (attempt === 3) throw error;
    } finally {
      await rm(old, { recursive: true, force: true });
    }
  }
}
