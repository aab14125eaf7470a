import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE, step, which } from './shared.mjs';

/** Whether this machine can fetch Debian packages: apt and dpkg are there. No root is needed. */
export const debianLike = () => which('apt-get') !== null && which('dpkg-deb') !== null;

/** Where this machine gets its packages from, and the name of its release. */
function mirror() {
  const args = ['indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages'];
  const lines = execFileSync('apt-get', args, { encoding: 'utf8' }).split('\n');
  const found = lines
    .map((line) => line.split(' '))
    .find(([uri, codename]) => /debian\/?$/.test(uri ?? '') && /^[a-z]+$/.test(codename ?? ''));
  if (found === undefined) throw new Error('this machine’s apt knows no Debian mirror');
  return { uri: found[0], codename: found[1] };
}

/**
 * Unpacks a Debian package into a folder, with package lists of its own: nothing is installed, nothing of the machine's apt changes.
 * `suite`: the release to take it from; absent: this machine's. Resolves to the folder. @throws with apt's own words
 */
export async function unpackDebianPackage(name, suite) {
  const dir = join(CACHE, 'tmp', `apt-${name}`);
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(dir, 'lists', 'partial'), { recursive: true });
  await mkdir(join(dir, 'cache', 'archives', 'partial'), { recursive: true });
  const { uri, codename } = mirror();
  await writeFile(join(dir, 'sources.list'), `deb ${uri} ${suite ?? codename} main\n`);
  const options = {
    'Dir::Etc::sourcelist': join(dir, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::Lists': join(dir, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(dir, 'cache'),
    'Acquire::Languages': 'none',
    // A mirror that lags is still signed by Debian; it only may hold an older version.
    'Acquire::Check-Valid-Until': 'false',
    // The cache may lie where apt's own user may not go.
    ...(process.getuid?.() === 0 ? { 'APT::Sandbox::User': 'root' } : {}),
  };
  const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const update = await step(`Looking for ${name}`, 'apt-get', [...flags, 'update'], { cwd: dir });
  const download =
    update.code === 0 ? await step(`Fetching ${name}`, 'apt-get', [...flags, 'download', name], { cwd: dir }) : update;
  const deb = (await readdir(dir)).find((file) => file.endsWith('.deb'));
  if (download.code !== 0 || deb === undefined) throw new Error(download.output.trim());
  execFileSync('dpkg-deb', ['-x', join(dir, deb), join(dir, 'x')]);
  return join(dir, 'x');
}
