import { z } from '@postroad/config';

/** An object with known keys only, whose own defaults apply when it is left out. */
export const group = <Shape extends z.ZodRawShape>(shape: Shape, meaning: string) =>
  z
    .strictObject(shape)
    .prefault({} as never)
    .describe(meaning);

export const text = (value: string, meaning: string) => z.string().default(value).describe(meaning);
export const flag = (value: boolean, meaning: string) => z.boolean().default(value).describe(meaning);
export const count = (value: number, meaning: string, least = 0) =>
  z.number().int().min(least).default(value).describe(meaning);
export const choice = <const Words extends readonly [string, ...string[]]>(words: Words, meaning: string) =>
  z
    .enum(words)
    .default(words[0] as never)
    .describe(meaning);

/** Kubernetes quantity, e.g. 250m, 512Mi, 10Gi. */
const quantity = z.string().regex(/^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/);
export const size = (value: string, meaning: string) => quantity.default(value).describe(meaning);

/** IPv4 or IPv6 block; the number of bits must be there. */
export const cidr = z.string().regex(/^(\d{1,3}(\.\d{1,3}){3}\/\d{1,2}|[0-9a-fA-F:]+:[0-9a-fA-F:.]*\/\d{1,3})$/);
export const ANYWHERE = ['0.0.0.0/0', '::/0'];
export const cidrs = (value: string[], meaning: string) => z.array(cidr).default(value).describe(meaning);
export const words = (value: string[], meaning: string) => z.array(z.string()).default(value).describe(meaning);
export const labels = (meaning: string) => z.record(z.string(), z.string()).default({}).describe(meaning);
export const tcpPort = (value: number, meaning: string) =>
  z.number().int().min(1).max(65_535).default(value).describe(meaning);
export const existingSecret = (keys: string) =>
  text('', `Secret that is there already, with ${keys}; empty: one is made`);

const bounds = (cpu: string, memory: string, meaning: string) =>
  group({ cpu: size(cpu, 'Processors'), memory: size(memory, 'Memory') }, meaning);

/** Requests, and a limit of memory only: a limit of processors makes mail slow without need. */
export const resources = (cpu: string, memory: string, limit: string) =>
  group(
    {
      requests: bounds(cpu, memory, 'What is set aside'),
      limits: group({ memory: size(limit, 'Memory at most') }, 'What is not exceeded'),
    },
    'Resources of the container',
  );

/** Where pods may run. */
export const placement = {
  nodeSelector: labels('Labels that nodes must have'),
  tolerations: z
    .array(
      z.strictObject({
        key: z.string().optional(),
        operator: z.enum(['Exists', 'Equal']).optional(),
        value: z.string().optional(),
        effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
        tolerationSeconds: z.number().int().optional(),
      }),
    )
    .default([])
    .describe('Taints of nodes that do not matter'),
  podLabels: labels('More labels of the pods'),
  podAnnotations: labels('Annotations of the pods'),
};
