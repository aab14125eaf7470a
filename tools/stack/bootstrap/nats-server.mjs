import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianLike, unpackDebianPackage } from './debian-package.mjs';
import { CACHE, which } from './shared.mjs';

const LEAST = [2, 12];
const NEEDED = `nats-server ${LEAST.join('.')} or newer`;
const HELP = 'Install it yourself (your package manager, or a release of nats-server) and put it in PATH.';

function newEnough(program) {
  try {
    const match = /v(\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }));
    return match !== null && Number(match[1]) === LEAST[0] && Number(match[2]) >= LEAST[1];
  } catch {
    return false;
  }
}

/** A nats-server that is new enough: in the cache, in PATH, or unpacked from Debian's package into the cache (no root). */
export async function ensureNatsServer() {
  const cached = join(CACHE, 'nats-server');
  if (existsSync(cached) && newEnough(cached)) return;
  const inPath = which('nats-server');
  if (inPath !== null && newEnough(inPath)) return;
  if (!debianLike()) throw new Error(`${NEEDED} is needed. ${HELP}`);
  // Debian's stable package is too old; the one in unstable is a static program that runs anywhere.
  const dir = await unpackDebianPackage('nats-server', 'sid').catch((error) => {
    throw new Error(`${NEEDED} could not be fetched as a Debian package:\n${error.message}\n\n${HELP}`);
  });
  const program = ['usr/sbin/nats-server', 'usr/bin/nats-server'].map((path) => join(dir, path)).find(existsSync);
  if (program === undefined || !newEnough(program)) throw new Error(`Debian's package holds no ${NEEDED}. ${HELP}`);
  await copyFile(program, cached);
  await chmod(cached, 0o755);
}
