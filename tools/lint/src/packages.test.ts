import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText, trackedFiles } from './repository.ts';

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifests = trackedFiles()
  .filter((path) => /(^|\/)package\.json$/.test(path))
  .map((path) => ({ path, manifest: JSON.parse(readText(path)) as Manifest }));
const lock = JSON.parse(readText('package-lock.json')) as { packages: Readonly<Record<string, Manifest>> };

test('versions are exact', () => {
  assert.ok(manifests.length > 20, `${manifests.length} packages`);
  for (const { path, manifest } of manifests)
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
      assert.match(version, /^(npm:[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/, `${path}: ${name} ${version}`);
});

test('the lockfile is of these packages', () => {
  for (const { path, manifest } of manifests) {
    const place = path.replace(/\/?package\.json$/, '');
    const locked = lock.packages[place];
    assert.ok(locked, `${path} is not in package-lock.json: run npm install`);
    for (const key of ['dependencies', 'devDependencies'] as const)
      assert.deepEqual(
        { ...locked[key] },
        { ...manifest[key] },
        `${key} of ${path} and package-lock.json differ: run npm install`,
      );
  }
});

/** Hosts of package registries; put together here, so that this file does not name one. */
const REGISTRIES = ['npmjs', 'yarnpkg', 'npmmirror', 'pypi', 'crates'].map(
  (name) => new RegExp(`\\b${name}\\.(org|com|io)\\b`),
);
REGISTRIES.push(/\b(registry|proxy)\.[\w-]+\.(com|org|io|net|dev)\b/, /\b(ghcr|quay|gcr)\.io\b/);

test('no file names a registry: where packages come from is the machine’s matter', () => {
  for (const path of trackedFiles().filter((file) => !/\.(png|svg|ico|woff2?)$/.test(file))) {
    const text = readText(path);
    for (const host of REGISTRIES) assert.doesNotMatch(text, host, `${path} names a registry (${String(host)})`);
  }
});
