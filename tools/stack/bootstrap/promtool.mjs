import { existsSync } from 'node:fs';
import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianLike, unpackDebianPackage } from './debian-package.mjs';
import { CACHE, which } from './shared.mjs';

/**
 * promtool, with which the alerts and dashboards are checked: in PATH, or taken from Debian's package into the cache. Unpacked and not
 * installed, because the package starts a server. Where it cannot be had its tests are skipped by name; in CI that is a failure.
 */
export async function ensurePromtool() {
  const cached = join(CACHE, 'promtool');
  if (existsSync(cached) || which('promtool') !== null) return;
  try {
    if (!debianLike()) throw new Error('this machine has no Debian packages');
    await copyFile(join(await unpackDebianPackage('prometheus'), 'usr/bin/promtool'), cached);
    await chmod(cached, 0o755);
  } catch (error) {
    const message = `promtool could not be fetched: ${error.message}`;
    if (process.env.CI === 'true') throw new Error(message, { cause: error });
    process.stderr.write(`${message}\nThe tests that need it will be skipped\n`);
  }
}
