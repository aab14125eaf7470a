import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from './command.ts';
import type { BuildContext } from './context.ts';
import type { Engine } from './engine.ts';

export interface BuiltImage {
  readonly name: string;
  /** Identity of its content: equal inputs give equal ids. */
  readonly id: string;
  readonly buildSeconds: number;
  readonly bytes: number;
  /** Octets of the base alone. */
  readonly baseBytes: number;
  readonly layers: number;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

interface Inspected {
  readonly Id: string;
  readonly Size: number;
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Config: { readonly User?: string; readonly Entrypoint?: readonly string[] };
}

/** Builds the image for real, without a registry: on `base`, in a chroot. Layers of earlier builds are used unless `fresh`. */
export async function buildImage(
  engine: Engine,
  context: BuildContext,
  options: { readonly base: string; readonly fresh: boolean },
): Promise<BuiltImage> {
  const name = `localhost/postroad:${context.name}`;
  const dir = mkdtempSync(join(tmpdir(), 'postroad-build-'));
  const began = performance.now();
  try {
    const flags = ['--isolation', 'chroot', '--layers', '--timestamp', String(context.seconds), '--tag', name];
    const values = { BASE: options.base, VERSION: context.name, REVISION: context.revision };
    const settings = Object.entries(values).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
    const dockerfile = join(context.dir, 'deploy/docker/Dockerfile');
    const args = [...flags, ...settings, ...(await secrets(dir)), ...(options.fresh ? ['--no-cache'] : [])];
    await engine.buildah(['build', ...args, '--file', dockerfile, context.dir]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const buildSeconds = (performance.now() - began) / 1_000;
  const image = await inspect(engine, name);
  return {
    name,
    id: image.Id,
    buildSeconds,
    bytes: image.Size,
    baseBytes: (await inspect(engine, options.base)).Size,
    layers: image.RootFS.Layers.length,
    user: image.Config.User ?? '',
    entrypoint: image.Config.Entrypoint ?? [],
    labels: image.Labels ?? {},
  };
}

async function inspect(engine: Engine, name: string): Promise<Inspected> {
  const [image] = JSON.parse(await engine.ok(['image', 'inspect', name])) as [Inspected];
  return image;
}

/** How npm reaches its registry from here: the build has the same settings, as secrets that no layer keeps. No token is among them. */
async function secrets(dir: string): Promise<string[]> {
  const setting = async (key: string) => {
    const { code, stdout } = await command('npm', ['config', 'get', key], { cwd: dir });
    const value = stdout.trim();
    return code === 0 && !['', 'null', 'undefined'].includes(value) ? value : undefined;
  };
  const lines: string[] = [];
  for (const key of ['registry', 'proxy', 'https-proxy', 'noproxy']) {
    const value = await setting(key);
    if (value !== undefined) lines.push(`${key}=${value}`);
  }
  const authority = (await setting('cafile')) ?? process.env['NODE_EXTRA_CA_CERTS'];
  const found = authority !== undefined && existsSync(authority);
  if (found) lines.push('cafile=/run/secrets/ca');
  writeFileSync(join(dir, 'npmrc'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const given = [`id=npmrc,src=${join(dir, 'npmrc')}`, ...(found ? [`id=ca,src=${authority}`] : [])];
  return given.flatMap((secret) => ['--secret', secret]);
}
