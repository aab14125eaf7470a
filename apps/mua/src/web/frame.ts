import type { FastifyInstance } from 'fastify';

/** Documents in which messages are shown. No script runs there whatever a message contains; without `images` nothing is loaded. */
const policy = (images: string) =>
  `default-src 'none'; img-src ${images}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; ` +
  'sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox';

const SHELL = '<!doctype html><html><head><meta charset="utf-8"><title>Message</title></head><body></body></html>';

export function registerFrames(app: FastifyInstance): void {
  const frame = (path: string, images: string) =>
    app.get(path, async (_request, reply) =>
      reply
        .headers({
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': policy(images),
          'x-frame-options': 'SAMEORIGIN',
          // Whoever serves a picture learns nothing of where it is looked at.
          'referrer-policy': 'no-referrer',
        })
        .send(SHELL),
    );
  frame('/frame/private', "'self' data:");
  frame('/frame/images', "'self' data: https: http:");
}
