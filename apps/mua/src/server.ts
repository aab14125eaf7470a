import { isIP } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { METRICS } from '@postroad/telemetry';
import { apiErrorOf, problemOf } from './http/api-error.ts';
import { checkProvenance, registerSecurityHeaders } from './http/security.ts';
import type { MuaContext } from './routes/context.ts';
import { registerEvents } from './routes/events.ts';
import { registerMail } from './routes/mail.ts';
import { registerParts } from './routes/parts.ts';
import { registerSession } from './routes/session.ts';
import { registerWriting } from './routes/writing.ts';
import { registerAssets } from './web/assets.ts';
import { registerFrames } from './web/frame.ts';

export interface ServerOptions {
  readonly trustedProxies: readonly string[];
  /** Folder with the built client. */
  readonly dist: string;
}

/** The webmail's API and pages, not yet listening. */
export async function createServer(context: MuaContext, options: ServerOptions): Promise<FastifyInstance> {
  const proxies = options.trustedProxies.filter((each) => isIP(each.split('/', 1)[0] ?? '') !== 0);
  const app = fastify({
    logger: false,
    bodyLimit: 256 * 1024,
    trustProxy: proxies.length === 0 ? false : proxies,
    // Downloads and events last as long as they last; this is for the request alone.
    requestTimeout: 5 * 60_000,
    forceCloseConnections: 'idle',
  });
  registerSecurityHeaders(app, context.publicOrigin);
  app.addHook('onRequest', async (request) => checkProvenance(request, context.publicOrigin));
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url?.startsWith('/api/') === true ? request.routeOptions.url : 'page';
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    context.metrics.count(METRICS.httpRequests, { door: 'web', route, class: status });
    context.metrics.observe(METRICS.httpSeconds, { door: 'web' }, reply.elapsedTime / 1_000);
  });
  app.setErrorHandler((error, request, reply) => {
    const known = apiErrorOf(error);
    if (known.status >= 500 && known.code === 'INTERNAL')
      context.logger.error({ err: plain(error), route: request.routeOptions.url }, 'a request failed');
    if (known.retryAfter !== undefined) reply.header('retry-after', known.retryAfter);
    return reply.code(known.status).send(problemOf(known));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: 'NOT_FOUND', message: 'There is nothing here.' }),
  );
  registerSession(app, context);
  registerMail(app, context);
  registerParts(app, context);
  registerWriting(app, context);
  registerEvents(app, context);
  registerFrames(app);
  await registerAssets(app, options.dist);
  return app;
}

/** Answers what was asked, for `ms` at most, and closes. */
export async function closeServer(app: FastifyInstance, ms: number): Promise<void> {
  // A connection whose last request was answered meanwhile is kept alive, and waited for, unless somebody ends it.
  const idle = setInterval(() => app.server.closeIdleConnections(), 100);
  const cut = setTimeout(() => app.server.closeAllConnections(), ms);
  await app.close();
  clearInterval(idle);
  clearTimeout(cut);
}

/** What may be logged of an error: mail libraries hang commands on theirs, with what people search for in them. */
const plain = (error: unknown) =>
  error instanceof Error
    ? { type: error.name, message: error.message, stack: error.stack }
    : { message: 'not an error' };
