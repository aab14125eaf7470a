import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE, npmScript, step } from './shared.mjs';

/** Speaks S3 over HTTP. (Debian builds rclone without `serve s3`, and has no other server that is small.) */
const NAME = 's3rver';
const VERSION = '3.7.1';

/**
 * The S3 server of the tests, in a folder of its own in the cache: no dependency of the project, so that its own old dependencies are not
 * ours. Where it cannot be had, the tests that need it are skipped by name; in CI that is a failure.
 */
export async function ensureS3Server(node) {
  const dir = join(CACHE, NAME);
  const installed = await readFile(join(dir, 'node_modules', NAME, 'package.json'), 'utf8').catch(() => '{}');
  if (JSON.parse(installed).version === VERSION) return;
  const fresh = join(CACHE, 'tmp', NAME);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await writeFile(join(fresh, 'package.json'), JSON.stringify({ private: true }));
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', `${NAME}@${VERSION}`];
  const { code, output } = await step('Fetching the S3 server of the tests', node, [npmScript(), ...args], {
    cwd: fresh,
  });
  if (code === 0 && existsSync(join(fresh, 'node_modules', NAME))) {
    await rm(dir, { recursive: true, force: true });
    await rename(fresh, dir);
    return;
  }
  const message = `${NAME} ${VERSION} could not be fetched:\n${output.trim()}`;
  if (process.env.CI === 'true') throw new Error(message);
  process.stderr.write(`${message}\nThe tests that need it will be skipped\n`);
}
