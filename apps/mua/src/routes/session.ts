import type { FastifyInstance } from 'fastify';
import { METRICS } from '@postroad/telemetry';
import type { SessionInfo } from '../api-types.ts';
import { ApiError } from '../http/api-error.ts';
import { Account } from '../imap/account.ts';
import { signInError } from '../imap/connection.ts';
import { RateLimit } from '../session/rate-limit.ts';
import { UPLOAD_LIMIT, Uploads } from '../session/uploads.ts';
import { User } from '../session/user.ts';
import { type MuaContext, userOf } from './context.ts';
import { read, signInBody } from './input.ts';

const WINDOW_MS = 15 * 60_000;

/** Sign in, who am I, sign out. */
export function registerSession(app: FastifyInstance, context: MuaContext): void {
  const { sessions, cookie, servers, budget, metrics } = context;
  const perAddress = new RateLimit(10, WINDOW_MS);
  const perClient = new RateLimit(50, WINDOW_MS);
  const outcome = (name: string) => metrics.count(METRICS.auth, { door: 'web', mechanism: 'form', outcome: name });

  app.post('/api/session', async (request, reply): Promise<SessionInfo> => {
    const credentials = read(signInBody, request.body);
    const key = credentials.address.toLowerCase();
    const wait = Math.max(perClient.take(request.ip), perAddress.take(key));
    if (wait > 0) {
      outcome('limited');
      throw new ApiError(429, 'TOO_MANY', `Too many attempts. Try again in ${Math.ceil(wait / 60)} min.`, wait);
    }
    if (sessions.full) {
      metrics.count(METRICS.sessionsRefused, { door: 'web', reason: 'total' });
      throw new ApiError(503, 'BUSY', 'Too many people are signed in right now. Try again later.', 60);
    }
    const account = new Account(servers, credentials);
    try {
      await account.client();
    } catch (error) {
      account.close();
      const problem = signInError(error);
      outcome(problem instanceof ApiError && problem.status === 401 ? 'refused' : 'error');
      throw problem;
    }
    perAddress.forget(key);
    outcome('ok');
    metrics.count(METRICS.sessionsTotal, { door: 'web' });
    const before = cookie.read(request.headers.cookie);
    if (before !== undefined) sessions.end(before);
    reply.header('set-cookie', cookie.set(sessions.create(new User(account, new Uploads(budget)))));
    return { address: credentials.address, uploadLimit: UPLOAD_LIMIT };
  });

  app.get('/api/session', async (request): Promise<SessionInfo> => {
    const { account } = userOf(context, request);
    return { address: account.credentials.address, uploadLimit: UPLOAD_LIMIT };
  });

  app.delete('/api/session', async (request, reply) => {
    const token = cookie.read(request.headers.cookie);
    if (token !== undefined) sessions.end(token);
    return reply.header('set-cookie', cookie.clear()).code(204).send();
  });
}
