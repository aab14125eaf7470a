import type { z } from '@postroad/config';
import type { FastifyInstance } from 'fastify';
import type { OpsContext } from '../context.ts';
import { directoryRoutes } from './directory-routes.ts';
import { ApiError } from './errors.ts';
import { openApi } from './openapi.ts';
import { mailboxRoutes } from './mailbox-routes.ts';
import { poolRoutes } from './pool-routes.ts';
import { queueRoutes } from './queue-routes.ts';
import type { Route } from './route.ts';
import { traceRoutes } from './trace-routes.ts';

const allRoutes = (context: OpsContext): Route[] => [
  ...directoryRoutes(context.directory),
  ...mailboxRoutes(context.bus),
  ...queueRoutes(context),
  ...poolRoutes(context),
  ...traceRoutes(context),
];

function parse(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  // Names what is wrong, and repeats no value: it may be a password.
  const message = result.error.issues
    .map((issue) => `${issue.path.join('.')}${issue.path.length > 0 ? ': ' : ''}${issue.message}`)
    .join('; ');
  throw new ApiError(400, 'INVALID', message, 'see /api/v1/openapi.json');
}

/** The admin API below /api/v1. Who may use it was decided before. */
export function registerApi(app: FastifyInstance, context: OpsContext): void {
  const routes = allRoutes(context);
  const document = openApi(routes);
  app.get('/api/v1/openapi.json', () => document);
  for (const { id, method, path, params, query, body, answer, status, handle } of routes)
    app.route({
      method,
      url: `/api/v1${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      handler: async (request, reply) => {
        const input = {
          params: parse(params, request.params),
          query: parse(query, request.query),
          body: parse(body, request.body),
        };
        const result = await handle(input);
        if (method !== 'GET')
          context.logger.info({ act: id, ...(request.params as object) }, 'changed by an administrator');
        // Only what the document names leaves the house (records carry more: their version, the postmaster).
        return answer === undefined ? reply.code(204).send() : reply.code(status ?? 200).send(answer.parse(result));
      },
    });
}
