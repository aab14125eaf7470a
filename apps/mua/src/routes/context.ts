import type { FastifyRequest } from 'fastify';
import type { Logger, Metrics } from '@postroad/telemetry';
import { ApiError } from '../http/api-error.ts';
import type { MailServers } from '../imap/servers.ts';
import type { SendServices } from '../send/send.ts';
import type { SessionCookie } from '../session/cookie.ts';
import type { Sessions } from '../session/sessions.ts';
import type { UploadBudget } from '../session/uploads.ts';
import type { User } from '../session/user.ts';

/** What the routes work with. */
export interface MuaContext {
  readonly servers: MailServers;
  readonly sessions: Sessions<User>;
  readonly cookie: SessionCookie;
  readonly budget: UploadBudget;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly sending: SendServices;
  readonly publicOrigin: string;
}

/** Who asks; @throws ApiError SIGNED_OUT */
export function userOf(context: MuaContext, request: FastifyRequest): User {
  const token = context.cookie.read(request.headers.cookie);
  const user = token === undefined ? undefined : context.sessions.use(token);
  if (user === undefined) throw new ApiError(401, 'SIGNED_OUT', 'Sign in to go on.');
  return user;
}
