import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE, npmScript, step } from './shared.mjs';

const MAJOR = 26;

/**
 * A Node the project can run on: this one when it is new enough, else a private one in the cache. npm's `node` package
 * fetches its binary in an install script, which may be blocked; the platform packages behind it hold the binary itself.
 */
export async function ensureNode() {
  if (Number(process.versions.node.split('.')[0]) >= MAJOR) return process.execPath;
  const private_ = join(CACHE, 'node', 'bin', 'node');
  if (existsSync(private_)) return private_;
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const tmp = join(CACHE, 'tmp', 'node');
  await rm(tmp, { recursive: true, force: true });
  await mkdir(tmp, { recursive: true });
  await writeFile(join(tmp, 'package.json'), '{"private":true}');
  const what = `Fetching Node ${MAJOR} for this project (yours is ${process.versions.node})`;
  const args = [
    npmScript(),
    'install',
    '--prefix',
    tmp,
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--engine-strict=false',
    `${name}@${MAJOR}`,
  ];
  const { code, output } = await step(what, process.execPath, args, { cwd: tmp });
  const fetched = join(tmp, 'node_modules', name);
  if (code !== 0 || !existsSync(join(fetched, 'bin', 'node')))
    throw new Error(
      `Node ${MAJOR} could not be fetched from the npm registry (package ${name}).\n${output.trim()}\n\n` +
        `Postroad needs Node ${MAJOR} or newer: install it yourself and start again, or make the registry reachable (npm config get registry).`,
    );
  await rm(join(CACHE, 'node'), { recursive: true, force: true });
  await rename(fetched, join(CACHE, 'node')).catch(() => cp(fetched, join(CACHE, 'node'), { recursive: true }));
  return private_;
}
