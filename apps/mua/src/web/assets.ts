import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};
const compress = promisify(brotliCompress);

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly brotli: Buffer;
  readonly forever: boolean;
}

/** The client's files, all in memory (a few hundred KiB): a build going on beside us changes nothing. */
export async function registerAssets(app: FastifyInstance, dist: string): Promise<void> {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && extname(entry.name) in TYPES);
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    const url = `/${relative(dist, path).split(sep).join('/')}`;
    const asset = await load(path, url.startsWith('/assets/'));
    const handler = (request: FastifyRequest, reply: FastifyReply) => serve(asset, request, reply);
    app.get(url === '/index.html' ? '/' : url, handler);
  }
}

async function load(path: string, forever: boolean): Promise<Asset> {
  const plain = await readFile(path);
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    plain,
    brotli: await compress(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
    forever,
  };
}

function serve(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const small = String(request.headers['accept-encoding'] ?? '').includes('br');
  reply.headers({
    'content-type': asset.type,
    etag: asset.etag,
    vary: 'accept-encoding',
    'cache-control': asset.forever ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send();
  if (small) reply.header('content-encoding', 'br');
  return reply.send(small ? asset.brotli : asset.plain);
}
