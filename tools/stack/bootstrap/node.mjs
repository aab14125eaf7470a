import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianLike, unpackDebianPackage } from './debian-package.mjs';
import { CACHE, npmScript, step } from './shared.mjs';

const MAJOR = 26;
const HELP = `Postroad needs Node ${MAJOR} or newer: install it yourself and start again.`;

/**
 * A Node the project can run on: this one when it is new enough, else a private one in the cache. npm's `node` package
 * fetches its binary in an install script, which may be blocked; the platform packages behind it hold the binary itself.
 */
export async function ensureNode() {
  if (Number(process.versions.node.split('.')[0]) >= MAJOR) return process.execPath;
  const program = join(CACHE, 'node', 'bin', 'node');
  if (!existsSync(program)) await fetchNode();
  const error = refusal(program);
  if (error !== null) await addLibrary(program, error);
  const still = refusal(program);
  if (still !== null) throw new Error(`The Node ${MAJOR} that was fetched does not run here:\n${still}\n\n${HELP}`);
  return program;
}

/** Why a program does not run; null when it does. */
function refusal(program) {
  const { status, stderr, error } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? null : (stderr || String(error)).trim();
}

async function fetchNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const tmp = join(CACHE, 'tmp', 'node');
  await rm(tmp, { recursive: true, force: true });
  await mkdir(tmp, { recursive: true });
  await writeFile(join(tmp, 'package.json'), '{"private":true}');
  const what = `Fetching Node ${MAJOR} for this project (yours is ${process.versions.node})`;
  const flags = ['--no-audit', '--no-fund', '--no-save', '--engine-strict=false', '--no-update-notifier'];
  const args = [npmScript(), 'install', '--prefix', tmp, ...flags, `${name}@${MAJOR}`];
  const { code, output } = await step(what, process.execPath, args, { cwd: tmp });
  const fetched = join(tmp, 'node_modules', name);
  if (code !== 0 || !existsSync(join(fetched, 'bin', 'node')))
    throw new Error(`Node ${MAJOR} could not be fetched (npm package ${name}):\n${output.trim()}\n\n${HELP}`);
  await rm(join(CACHE, 'node'), { recursive: true, force: true });
  await rename(fetched, join(CACHE, 'node')).catch(() => cp(fetched, join(CACHE, 'node'), { recursive: true }));
}

/** A bare Debian has no libatomic, which this Node wants: it is put beside it, and a small script says where it lies. */
async function addLibrary(program, error) {
  if (!/libatomic\.so\.1/.test(error) || !debianLike()) return;
  const dir = await unpackDebianPackage('libatomic1').catch((cause) => {
    throw new Error(
      `libatomic1, which Node ${MAJOR} needs, could not be fetched:\n${cause.message}\n\nInstall it and start again.`,
    );
  });
  const lib = join(CACHE, 'node', 'lib-private');
  await mkdir(lib, { recursive: true });
  for (const file of await readdir(join(dir, 'usr', 'lib'), { recursive: true }))
    if (/libatomic\.so\.1/.test(file))
      await cp(join(dir, 'usr', 'lib', file), join(lib, file.split('/').pop()), { verbatimSymlinks: true });
  await rename(program, `${program}-binary`);
  // Children that are started by their execPath inherit the variable.
  const script = `#!/bin/sh\nLD_LIBRARY_PATH="${lib}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "${program}-binary" "$@"\n`;
  await writeFile(program, script);
  await chmod(program, 0o755);
}
