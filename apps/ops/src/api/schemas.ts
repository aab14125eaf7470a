import { z } from '@postroad/config';
import { isPoolName } from '@postroad/bus';
import { isQueueId, type QueueId } from '@postroad/mail';

export const address = z.string().min(3).max(320).describe('local@domain');
export const password = z.string().min(8).max(1_024);
export const pool = z
  .string()
  .refine(isPoolName, 'a pool is called with a-z, 0-9 and -, at most 32 of them')
  .describe('Source pool; absent: default');
export const byAddress = z.object({ address });
const queueId = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text): text is QueueId => isQueueId(text), 'a queue id has 26 letters and digits')
  .describe('Queue id');
export const byQueueId = z.object({ id: queueId });

export const quota = z.object({
  bytes: z.number().int().positive().optional(),
  messages: z.number().int().positive().optional(),
});

export const domain = z
  .object({
    id: z.string(),
    tenant: z.string(),
    name: z.string(),
    detailSeparator: z.string(),
    pool: pool.optional(),
    createdAt: z.string(),
  })
  .meta({ id: 'Domain' });
export const account = z
  .object({
    ...{ id: z.string(), tenant: z.string(), address: z.string(), name: z.string().optional(), quota },
    ...{ state: z.enum(['active', 'suspended']), createdAt: z.string() },
  })
  .meta({ id: 'Account' });
export const alias = z
  .object({
    id: z.string(),
    tenant: z.string(),
    address: z.string(),
    targets: z.array(z.string()),
    createdAt: z.string(),
  })
  .meta({ id: 'Alias' });

export const queueState = z.enum(['ready', 'attempting', 'deferred', 'held', 'done']);
export const queueRecord = z
  .object({
    queueId: z.string(),
    domain: z.string(),
    transport: z.enum(['smtp', 'local']),
    pool: z.string().describe('Source pool whose relays send it'),
    state: queueState,
    sender: z.string().describe('Reverse-path; <> for the null one'),
    recipients: z.array(z.string()).describe('Those still to be tried'),
    attempts: z.number().int(),
    createdAt: z.string(),
    expiresAt: z.string(),
    dueAt: z.string().optional().describe('When it is tried next; absent when nothing is due'),
    lastStatus: z
      .object({ outcome: z.string(), status: z.string(), diagnostic: z.string(), remoteMta: z.string().optional() })
      .optional(),
    heldBecause: z.string().optional(),
  })
  .meta({ id: 'QueueRecord' });
export const queueCounts = z.object({
  ready: z.number(),
  attempting: z.number(),
  deferred: z.number(),
  held: z.number(),
  done: z.number(),
  unknown: z.number(),
});
export const operationResults = z.object({
  results: z.array(
    z.object({
      domain: z.string(),
      transport: z.string(),
      result: z.enum(['changed', 'unchanged', 'busy']),
      state: queueState,
    }),
  ),
});
const agentHealth = z
  .object({ name: z.string(), url: z.string(), ready: z.boolean(), detail: z.string() })
  .meta({ id: 'AgentHealth' });
export const health = z.object({
  ready: z.boolean().describe('Everything below is ready'),
  broker: z.object({
    ready: z.boolean(),
    detail: z.string(),
    server: z.string().optional(),
    version: z.string().optional(),
  }),
  agents: z.array(agentHealth),
  store: z.object({
    ready: z.boolean(),
    detail: z.string(),
    events: z.number(),
    spans: z.number(),
    segments: z.number(),
  }),
});
export const apiError = z
  .object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }) })
  .meta({ id: 'Error' });

export type QueueRecordView = z.infer<typeof queueRecord>;
export type QueueCounts = z.infer<typeof queueCounts>;
export type Health = z.infer<typeof health>;
