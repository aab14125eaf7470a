import { z } from '@postroad/config';

/** The part of JSON Schema (draft-07) that the values need. */
export interface Schema {
  readonly $schema?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: string | number | boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Draft-07 schema of what a person writes: every key is optional that has a default, and no other key exists. */
export const schemaOf = (values: z.ZodType): Schema => {
  const schema = z.toJSONSchema(values, { target: 'draft-7', io: 'input' }) as Schema;
  return withoutGroupDefaults(schema);
};

/** A group's own default, {}, says nothing: its members have theirs. */
function withoutGroupDefaults(schema: Schema): Schema {
  if (schema.properties === undefined) return schema;
  const { default: _default, ...rest } = schema;
  const properties = Object.entries(schema.properties).map(([key, value]) => [key, withoutGroupDefaults(value)]);
  return { ...rest, properties: Object.fromEntries(properties) as Record<string, Schema> };
}

/** One value as the reader of the table sees it. */
export interface Leaf {
  readonly path: string;
  readonly type: string;
  readonly default: unknown;
  readonly description: string;
}

export const isGroup = (schema: Schema): schema is Schema & { properties: Record<string, Schema> } =>
  schema.properties !== undefined && Object.keys(schema.properties).length > 0;

/** Every value with a default, in the order of the definition. */
export function leavesOf(schema: Schema, path: readonly string[] = []): Leaf[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, each]) => {
    const here = [...path, key];
    if (isGroup(each)) return leavesOf(each, here);
    if (each.default === undefined) return [];
    return [{ path: here.join('.'), type: typeName(each), default: each.default, description: each.description ?? '' }];
  });
}

function typeName(schema: Schema): string {
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeName))].join(', ');
  if (schema.enum !== undefined) return schema.enum.join(', ');
  if (schema.const !== undefined) return schema.const === '' ? 'string' : String(schema.const);
  if (schema.type === 'array') return `list of ${typeName(schema.items ?? {})}`;
  return schema.type === 'object' && schema.properties === undefined ? 'map of string' : (schema.type ?? 'object');
}
