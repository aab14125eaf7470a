import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { METRICS } from '@postroad/telemetry';
import { apiErrorOf, ApiError } from './api/errors.ts';
import { registerApi } from './api/register.ts';
import { registerAssets, registerPages } from './console/routes.ts';
import { safeTarget, signInPage } from './console/sign-in-page.ts';
import type { OpsContext } from './context.ts';
import { cookieOf, Sessions, setCookie } from './sessions.ts';
import { tokenChecker } from './token.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly secureCookies: boolean;
  readonly roles: ReadonlySet<string>;
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // Not no-referrer: that would take the Origin away by which our own pages are known.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
const OPEN = /^\/(?:assets\/[\w.-]+|sign-in|readyz|livez|metrics)$/;
const MAX_BODY = 256 * 1024;

const pathOf = (request: FastifyRequest) => request.url.split('?', 1)[0] ?? '/';

/** API, console and health on one port. */
export async function startServer(
  context: OpsContext,
  options: ServerOptions,
): Promise<{ port: number; drain(ms: number): Promise<void> }> {
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY,
    routerOptions: { maxParamLength: 1_100 },
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
  });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.addHook('onSend', async (request, reply) => {
    reply.headers(HEADERS);
    if (!pathOf(request).startsWith('/assets/')) reply.header('cache-control', 'no-store');
  });
  guard(app, context, options);
  failures(app, context);
  registerHealth(app, context);
  if (options.roles.has('api')) registerApi(app, context);
  if (options.roles.has('console')) {
    registerAssets(app);
    registerPages(app, context);
  }
  await app.listen({ host: options.host, port: options.port });
  const address = app.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    drain: (ms) => closeServer(app, ms),
  };
}

/** Answers what was asked, for `ms` at most, and closes. */
async function closeServer(app: FastifyInstance, ms: number): Promise<void> {
  // A connection whose last request was answered meanwhile is kept alive, and waited for, unless somebody ends it.
  const idle = setInterval(() => app.server.closeIdleConnections(), 100);
  const cut = setTimeout(() => app.server.closeAllConnections(), ms);
  await app.close();
  clearInterval(idle);
  clearTimeout(cut);
}

/** Everything but the open paths needs the token: as a bearer, or through a cookie that only our own pages may act with. */
function guard(app: FastifyInstance, { metrics, logger }: OpsContext, { token, secureCookies }: ServerOptions): void {
  const right = tokenChecker(token);
  const sessions = new Sessions();
  app.addHook('onRequest', async (request, reply) => {
    if (OPEN.test(pathOf(request))) return;
    const bearer = /^Bearer (\S{1,1000})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined && right(bearer)) return;
    if (bearer === undefined && sessions.has(cookieOf(request.headers.cookie))) return ownPage(request);
    metrics.count(METRICS.opsRefused, {});
    if (request.method === 'GET' && !pathOf(request).startsWith('/api/')) {
      const next = safeTarget(request.url);
      return reply.redirect(next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`);
    }
    reply.header('www-authenticate', 'Bearer realm="postroad"');
    throw new ApiError(
      401,
      'UNAUTHORIZED',
      bearer === undefined ? 'a token is needed' : 'that is not the token',
      'send it as "Authorization: Bearer …"; it stands in the file ops-token of the home folder',
    );
  });
  app.get('/sign-in', (request, reply) =>
    page(reply, signInPage({ next: safeTarget(field(request.query, 'next')), wrong: false })),
  );
  app.post('/sign-in', (request, reply) => {
    ownPage(request);
    const next = safeTarget(field(request.body, 'next'));
    if (!right((field(request.body, 'token') ?? '').trim())) {
      metrics.count(METRICS.opsRefused, {});
      logger.warn({ address: request.ip }, 'somebody tried to sign in with a wrong token');
      return page(reply, signInPage({ next, wrong: true }), 403);
    }
    return reply.header('set-cookie', setCookie(sessions.open(), secureCookies)).redirect(next, 303);
  });
  app.post('/sign-out', (request, reply) => {
    sessions.close(cookieOf(request.headers.cookie));
    return reply.header('set-cookie', setCookie(null, secureCookies)).redirect('/sign-in', 303);
  });
}

/** A change with a cookie must come from a page of this very origin: SameSite lets other ports of the host through. */
function ownPage(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin, host } = request.headers;
  const from = origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null;
  if (from === null || from !== host)
    throw new ApiError(403, 'FORBIDDEN', 'this request does not come from the console');
}

const field = (from: unknown, name: string): string | undefined => {
  const value = (from as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === 'string' ? value : undefined;
};
const page = (reply: FastifyReply, text: string, status = 200) =>
  reply.code(status).type('text/html; charset=utf-8').send(text);

function failures(app: FastifyInstance, { logger }: OpsContext): void {
  app.setErrorHandler((error, request, reply) => {
    const answer = apiErrorOf(error);
    if (answer.status >= 500) logger.error({ err: error, path: pathOf(request) }, 'a request could not be answered');
    return reply.code(answer.status).send(answer.body);
  });
  app.setNotFoundHandler((request, reply) => {
    const missing = new ApiError(
      404,
      'NOT_FOUND',
      `there is no ${request.method} ${pathOf(request)}`,
      'see /api/v1/openapi.json',
    );
    return reply.code(404).send(missing.body);
  });
}

function registerHealth(app: FastifyInstance, { ready, metrics }: OpsContext): void {
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, reply) => {
    const reason = ready();
    return reply
      .code(reason === null ? 200 : 503)
      .type('text/plain')
      .send(`${reason ?? 'ok'}\n`);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()));
}
