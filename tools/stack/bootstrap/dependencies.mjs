import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { npmScript, ROOT, step } from './shared.mjs';

/** Installs exactly what the lockfile says, with the project's own Node; does nothing when that was done already. */
export async function ensureDependencies(node) {
  const stamp = join(ROOT, 'node_modules', '.postroad-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const { code, output } = await step(
    'Installing dependencies (first start, or the lockfile changed)',
    node,
    [npmScript(), 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}`, npm_config_update_notifier: 'false' },
    },
  );
  if (code !== 0)
    throw new Error(
      `npm ci failed:\n${output.trim()}\n\nIs the npm registry reachable, and is there room on the disk?`,
    );
  await writeFile(stamp, wanted);
}
