import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MALLOC, REPOSITORY } from '@postroad/testkit';

const FOLDER = join(REPOSITORY, 'deploy/docker');
const dockerfile = readFileSync(join(FOLDER, 'Dockerfile'), 'utf8');
const node = (args: readonly string[], cwd?: string, env?: NodeJS.ProcessEnv) =>
  execFileSync(process.execPath, args, { encoding: 'utf8', ...(cwd && { cwd }), ...(env && { env }) });

test('every app is installed, and none that is not there', () => {
  const installed = [...(dockerfile.split('--omit=dev')[1]?.split('&&')[0] ?? '').matchAll(/-w (apps\/\w+)/g)];
  const apps = readdirSync(join(REPOSITORY, 'apps')).map((name) => `apps/${name}`);
  assert.deepEqual(installed.map(([, name]) => name).sort(), apps.sort());
});

test('the image names no registry’s host, is not root’s, and its context is closed', () => {
  const froms = [...dockerfile.matchAll(/^(?:ARG BASE=|FROM )(\S+)/gm)].map(([, name]) => name);
  assert.deepEqual([...new Set(froms)], ['node:26-bookworm-slim', '${BASE}']);
  assert.match(dockerfile, /^USER 10001:10001$/m);
  const ignored = readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8').split('\n');
  assert.equal(ignored.filter((line) => line !== '' && !line.startsWith('#'))[0], '*');
  for (const pattern of ['**/node_modules', '**/.cache', '**/*.test.ts', '**/testing', '**/goldens', '**/corpus'])
    assert.ok(ignored.includes(pattern), pattern);
});

test('memory is given in the image as it is in a checkout, where it is measured', () => {
  for (const [name, value] of Object.entries(MALLOC))
    assert.match(dockerfile, new RegExp(`^ENV .*\\b${name}=${value}\\b`, 'm'));
});

test('the context is sorted: manifests alone, sources without the page, modes whatever the umask was', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postroad-sorted-'));
  try {
    const put = (path: string) => {
      mkdirSync(join(dir, 'context', path, '..'), { recursive: true });
      writeFileSync(join(dir, 'context', path), '{}', { mode: 0o600 });
    };
    const sources = ['apps/mua/src/main.ts', 'libs/bus/src/bus.ts', 'deploy/docker/postroad.mjs'];
    const manifests = ['package.json', 'package-lock.json', '.npmrc', 'apps/mua/package.json', 'libs/bus/package.json'];
    for (const path of [...sources, ...manifests, 'apps/mua/client/main.tsx', 'deploy/docker/Dockerfile']) put(path);
    node([join(FOLDER, 'arrange.mjs'), ...['context', 'm', 's'].map((name) => join(dir, name))]);
    const files = (name: string) =>
      readdirSync(join(dir, name), { recursive: true, encoding: 'utf8' }).filter((path) =>
        statSync(join(dir, name, path)).isFile(),
      );
    assert.deepEqual(files('m').sort(), manifests.sort());
    assert.deepEqual(files('s').sort(), [...sources, 'apps/mua/package.json', 'libs/bus/package.json'].sort());
    assert.equal(statSync(join(dir, 's', sources[0] ?? '')).mode & 0o777, 0o644);
    assert.equal(statSync(join(dir, 's/apps/mua')).mode & 0o777, 0o755);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('the SBOM is the same from build to build, and refuses to miss a package', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postroad-sbom-'));
  try {
    mkdirSync(join(dir, 'node_modules'));
    const lock = { packages: { 'node_modules/a': { version: '1.0.0' }, 'node_modules/l': { link: true } } };
    writeFileSync(join(dir, 'node_modules/.package-lock.json'), JSON.stringify(lock));
    const sbom = (name: string, created: string) =>
      execFileSync(process.execPath, [join(FOLDER, 'sbom.mjs')], {
        cwd: dir,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'pipe'],
        input: JSON.stringify({
          creationInfo: { created },
          documentNamespace: created,
          packages: [{ SPDXID: name, name, versionInfo: '1.0.0' }],
        }),
      });
    assert.equal(sbom('a', '2026-01-01T00:00:00Z'), sbom('a', '2026-02-02T00:00:00Z'));
    assert.throws(() => sbom('b', '2026-01-01T00:00:00Z'), /does not name what is installed: a@1\.0\.0/);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('the entry point: version, an agent’s own help, and the CLI for anything else', () => {
  const entry = join(FOLDER, 'postroad.mjs');
  const env = { ...process.env, POSTROAD_BUILD: '9.8.7' };
  assert.match(node([entry, '--version'], REPOSITORY, env), /^postroad 9\.8\.7 \(node v/);
  assert.match(node([entry, 'mta', '--help'], REPOSITORY), /^postroad-mta: .*Roles: mx, router, relay, finisher/s);
  assert.match(node([entry], REPOSITORY), /^Usage: postroad \[options\] \[command\]/);
});
