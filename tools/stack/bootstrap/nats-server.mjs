import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE, step, which } from './shared.mjs';

const LEAST = [2, 12];
const NEEDED = `nats-server ${LEAST.join('.')} or newer`;

function newEnough(program) {
  try {
    const match = /v(\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }));
    return match !== null && Number(match[1]) === LEAST[0] && Number(match[2]) >= LEAST[1];
  } catch {
    return false;
  }
}

/** A nats-server that is new enough: in PATH, in the cache, or unpacked from Debian's package into the cache (no root). */
export async function ensureNatsServer() {
  const cached = join(CACHE, 'nats-server');
  if (existsSync(cached) && newEnough(cached)) return;
  const inPath = which('nats-server');
  if (inPath !== null && newEnough(inPath)) return;
  if (which('apt-get') === null || which('dpkg-deb') === null)
    throw new Error(
      `${NEEDED} is needed: install it (your package manager, or a release of nats-server) and put it in PATH.`,
    );
  await unpackDebian(cached);
}

/** Debian's stable package is too old; the one in unstable is a static program that runs anywhere. Private lists, nothing installed. */
async function unpackDebian(target) {
  const dir = join(CACHE, 'tmp', 'apt');
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(dir, 'lists', 'partial'), { recursive: true });
  await mkdir(join(dir, 'cache', 'archives', 'partial'), { recursive: true });
  const mirror = debianMirror();
  await writeFile(join(dir, 'sources.list'), `deb ${mirror} sid main\n`);
  const options = {
    'Dir::Etc::sourcelist': join(dir, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::Lists': join(dir, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(dir, 'cache'),
    'Acquire::Languages': 'none',
    // The cache may lie where apt's own user may not go.
    ...(process.getuid?.() === 0 ? { 'APT::Sandbox::User': 'root' } : {}),
  };
  const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const update = await step('Looking for a nats-server new enough', 'apt-get', [...flags, 'update'], { cwd: dir });
  const download =
    update.code === 0
      ? await step('Fetching nats-server', 'apt-get', [...flags, 'download', 'nats-server'], { cwd: dir })
      : update;
  const deb = (await readdir(dir)).find((name) => name.endsWith('.deb'));
  if (download.code !== 0 || deb === undefined)
    throw new Error(
      `${NEEDED} could not be fetched as a Debian package:\n${download.output.trim()}\n\nInstall it yourself and put it in PATH.`,
    );
  execFileSync('dpkg-deb', ['-x', join(dir, deb), join(dir, 'x')]);
  const program = ['usr/sbin/nats-server', 'usr/bin/nats-server'].map((path) => join(dir, 'x', path)).find(existsSync);
  if (program === undefined || !newEnough(program)) throw new Error(`The package ${deb} holds no ${NEEDED}.`);
  await copyFile(program, target);
  await chmod(target, 0o755);
}

/** Where this machine gets its Debian packages from. */
function debianMirror() {
  const targets = execFileSync(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages'],
    { encoding: 'utf8' },
  );
  const mirrors = targets.split('\n').map((line) => line.split(' '));
  const found = mirrors.find(
    ([uri, codename]) => uri !== undefined && /debian\/?$/.test(uri) && !/security/.test(codename ?? ''),
  );
  if (found === undefined)
    throw new Error(`This machine's apt knows no Debian mirror. Install ${NEEDED} yourself and put it in PATH.`);
  return found[0];
}
