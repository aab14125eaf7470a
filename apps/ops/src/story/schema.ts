import { z } from '@postroad/config';

const at = z.string().describe('RFC 3339, UTC, ms');

const eventEntry = z.object({
  kind: z.literal('event'),
  at,
  agent: z.string(),
  step: z.string().describe('accepted, routed, delivered …'),
  recipients: z.array(z.string()).optional(),
  status: z.string().optional().describe('Enhanced status code (RFC 3463)'),
  host: z.string().optional(),
  detail: z.string().optional(),
});

const spanEntry = z.object({
  kind: z.literal('span'),
  at,
  agent: z.string(),
  name: z.string(),
  durationMs: z.number(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  relation: z
    .enum(['root', 'child', 'linked'])
    .describe('How it stands to the others: linked is a later attempt in a trace of its own'),
  depth: z.number().int().describe('Spans above it'),
  queueId: z.string().optional(),
  error: z.string().optional(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

const outcome = z.object({
  recipient: z.string(),
  outcome: z.string().describe('The last that is known: delivered, relayed, deferred, held, failed …'),
  at,
  status: z.string().optional(),
  detail: z.string().optional(),
});

const summaryShape = {
  queueId: z.string(),
  messageId: z.string().optional().describe('Without angle brackets'),
  sender: z.string().optional().describe('Reverse-path; <> for the null one'),
  recipients: z.array(z.string()),
  size: z.number().optional().describe('Octets'),
  at: at.describe('First heard of; RFC 3339, UTC, ms'),
  state: z.string().describe('accepted, routed, delivered, relayed, deferred, held, failed or refused'),
};

export const messageSummary = z.object(summaryShape).meta({ id: 'MessageSummary' });

export const story = z
  .object({
    ...summaryShape,
    outcomes: z.array(outcome),
    related: z
      .array(z.object({ queueId: z.string(), relation: z.enum(['parent', 'derived']), detail: z.string().optional() }))
      .describe('Messages made from this one (notifications, forwards), and the one that this was made from'),
    traceIds: z.array(z.string()),
    timeline: z.array(z.discriminatedUnion('kind', [eventEntry, spanEntry])).describe('In order of time'),
  })
  .meta({ id: 'Story' });

export type EventEntry = z.infer<typeof eventEntry>;
export type SpanEntry = z.infer<typeof spanEntry>;
export type RecipientOutcome = z.infer<typeof outcome>;
export type MessageSummary = z.infer<typeof messageSummary>;
export type Story = z.infer<typeof story>;
