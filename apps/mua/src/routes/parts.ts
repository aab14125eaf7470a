import type { FastifyInstance } from 'fastify';
import { ApiError } from '../http/api-error.ts';
import { openPart, reusePart } from '../imap/part.ts';
import { UPLOAD_LIMIT } from '../session/uploads.ts';
import { type MuaContext, userOf } from './context.ts';
import { partBody, partQuery, read, uploadQuery } from './input.ts';

/** What may be shown inside a message: images that cannot carry scripts. */
const SHOWN_INLINE = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);
const NOTHING = "default-src 'none'; sandbox";

/** Attachments: those of stored messages, and those of messages being written. */
export function registerParts(app: FastifyInstance, context: MuaContext): void {
  app.get('/api/part', async (request, reply) => {
    const { account } = userOf(context, request);
    const { folder, uid, part } = read(partQuery, request.query);
    const { file, content } = await openPart(account, folder, uid, part);
    return reply
      .headers({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${file.name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')}"; filename*=UTF-8''${encode(file.name)}`,
        'content-security-policy': NOTHING,
      })
      .send(content);
  });

  app.get('/api/image', async (request, reply) => {
    const { account } = userOf(context, request);
    const { folder, uid, part } = read(partQuery, request.query);
    const { file, content } = await openPart(account, folder, uid, part);
    if (!SHOWN_INLINE.has(file.type)) {
      content.destroy();
      throw new ApiError(415, 'NOT_SHOWN', 'Only pictures are shown inside a message.');
    }
    return reply
      .headers({
        'content-type': file.type,
        'content-security-policy': NOTHING,
        'cache-control': 'private, max-age=86400, immutable',
      })
      .send(content);
  });

  app.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: UPLOAD_LIMIT },
    (_request, body, done) => done(null, body),
  );
  app.post('/api/uploads', { bodyLimit: UPLOAD_LIMIT }, async (request) => {
    const { uploads } = userOf(context, request);
    const { name } = read(uploadQuery, request.query);
    if (!Buffer.isBuffer(request.body)) throw new ApiError(415, 'BAD_REQUEST', 'Send the file itself.');
    const type = request.headers['x-file-type'];
    return uploads.add(name, typeof type === 'string' ? type : '', request.body);
  });

  app.post('/api/uploads/reuse', async (request) => {
    const { account, uploads } = userOf(context, request);
    const { folder, uid, part } = read(partBody, request.body);
    return reusePart(account, uploads, folder, uid, part);
  });

  app.delete<{ Params: { id: string } }>('/api/uploads/:id', async (request, reply) => {
    userOf(context, request).uploads.remove(request.params.id);
    return reply.code(204).send();
  });
}

/** RFC 8187 §3.2.1: what encodeURIComponent leaves alone but attr-char does not have. */
const encode = (name: string) =>
  encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
