import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { succeed } from './command.ts';
import type { Engine } from './engine.ts';

const RELEASE = 'bookworm';
const NPM = 'npm@11';

/**
 * What stands for `node:26-bookworm-slim` where no registry is reachable: Debian's smallest system, the Node this process runs on, and npm.
 * Made once, then kept. Resolves to the image's name.
 */
export async function ensureBase(engine: Engine, say: (line: string) => void): Promise<string> {
  const name = `localhost/postroad-base:${RELEASE}-node-${process.versions.node}`;
  if ((await engine.podman(['image', 'exists', name])).code === 0) return name;
  const dir = mkdtempSync(join(tmpdir(), 'postroad-base-'));
  try {
    const root = join(dir, 'root');
    say(`making a base image: ${RELEASE} by debootstrap, Node ${process.versions.node}, ${NPM} (once, about a minute)`);
    // libatomic1 is what npm's Node wants beyond the smallest system.
    const options = ['--variant=minbase', '--include=libatomic1', RELEASE, root, await mirror()];
    await succeed('debootstrap', options);
    for (const path of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'])
      rmSync(join(root, path), { recursive: true, force: true });
    mkdirSync(join(root, 'usr/local/lib'), { recursive: true });
    cpSync(process.execPath, join(root, 'usr/local/bin/node'), { dereference: true });
    const flags = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--loglevel=error'];
    await succeed('npm', ['install', '--prefix', join(dir, 'npm'), ...flags, NPM]);
    cpSync(join(dir, 'npm/node_modules'), join(root, 'usr/local/lib/node_modules'), { recursive: true });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
    await succeed('tar', ['--sort=name', '--mtime=@0', '-C', root, '-cf', join(dir, 'base.tar'), '.']);
    const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    await engine.ok(['import', '--change', path, join(dir, 'base.tar'), name]);
    return name;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The Debian mirror this machine uses itself. */
async function mirror(): Promise<string> {
  const args = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'];
  const found = (await succeed('apt-get', args)).split('\n').find((uri) => /debian\/?$/.test(uri));
  if (found === undefined) throw new Error('this machine’s apt knows no Debian mirror: debootstrap needs one');
  return found;
}
