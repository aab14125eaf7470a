import { z } from '@postroad/config';
import type { Route } from './route.ts';
import { apiError } from './schemas.ts';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

const MEANING = {
  400: 'The request makes no sense',
  404: 'There is no such thing',
  409: 'The name is taken, or in use',
} as const;

/** A schema as OpenAPI 3.1 takes it; named ones are gathered in `named`. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', named: Record<string, unknown>): object {
  const {
    $schema: _dialect,
    $defs,
    ...json
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown> & {
    $defs?: Record<string, unknown>;
  };
  const { id, ...root } = json;
  const moved = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'));
  for (const [name, each] of Object.entries($defs ?? {})) {
    const { id: _id, ...rest } = each as Record<string, unknown>;
    named[name] = moved(rest);
  }
  if (typeof id !== 'string') return moved(root) as object;
  named[id] = moved(root);
  return { $ref: `#/components/schemas/${id}` };
}

/** The document of /api/v1/openapi.json, made from what validates the requests. */
export function openApi(routes: readonly Route[]): object {
  const named: Record<string, unknown> = {};
  const json = (schema: object) => ({ 'application/json': { schema } });
  const error = schemaOf(apiError, 'output', named);
  const paths: Record<string, Record<string, object>> = {};
  for (const each of routes) {
    const parameters = (where: 'path' | 'query', schema: z.ZodType | undefined) => {
      if (schema === undefined) return [];
      const { properties = {}, required = [] } = schemaOf(schema, 'input', named) as ObjectSchema;
      return Object.entries(properties).map(([name, of]) => ({
        name,
        in: where,
        required: where === 'path' || required.includes(name),
        schema: of,
      }));
    };
    const good =
      each.answer === undefined
        ? { 204: { description: 'Done' } }
        : { [each.status ?? 200]: { description: 'OK', content: json(schemaOf(each.answer, 'output', named)) } };
    const bad = Object.fromEntries(
      (each.errors ?? []).map((status) => [status, { description: MEANING[status], content: json(error) }]),
    );
    (paths[`/api/v1${each.path}`] ??= {})[each.method.toLowerCase()] = {
      ...{ operationId: each.id, tags: [each.tag], summary: each.summary },
      parameters: [...parameters('path', each.params), ...parameters('query', each.query)],
      ...(each.body === undefined
        ? {}
        : { requestBody: { required: true, content: json(schemaOf(each.body, 'input', named)) } }),
      responses: { ...good, ...bad, default: { description: 'Anything else that went wrong', content: json(error) } },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postroad admin API',
      version: '1',
      description: 'Domains, accounts, aliases, the queue, and the story of each message.',
    },
    security: [{ token: [] }],
    paths,
    components: {
      schemas: named,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'The token in tokenFile' } },
    },
  };
}
