// A step of the image's build (Dockerfile): sorts the build context into what each later stage needs, so that a stage is redone only
// when its own input changed. Usage: node arrange.mjs CONTEXT MANIFESTS SOURCES
import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const [context, manifests, sources] = process.argv.slice(2);

/** What npm reads: the lockfile, and the package.json of the root and of each workspace. */
const files = ['package.json', 'package-lock.json', '.npmrc'];
for (const group of ['apps', 'libs'])
  for (const name of await readdir(join(context, group))) files.push(join(group, name, 'package.json'));
for (const file of files) {
  await mkdir(dirname(join(manifests, file)), { recursive: true });
  await cp(join(context, file), join(manifests, file));
}

/** What the agents run. The page's own sources are not among them: it is served as it was built. */
const page = join(context, 'apps/mua/client');
for (const part of ['apps', 'libs', 'deploy/docker/postroad.mjs'])
  await cp(join(context, part), join(sources, part), { recursive: true, filter: (path) => path !== page });

// Readable for the agents' user and the same for everybody, whatever the umask of the checkout was.
for (const root of [manifests, sources])
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
