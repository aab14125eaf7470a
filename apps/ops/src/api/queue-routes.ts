import { z } from '@postroad/config';
import { plainAddress, queueRecordsOf } from '@postroad/bus';
import type { OpsContext } from '../context.ts';
import { cancel, operate } from '@postroad/spool';
import { countStates, viewRecord } from '../queue/view.ts';
import { ApiError } from './errors.ts';
import { route, type Route } from './route.ts';
import { byQueueId, operationResults, queueCounts, queueRecord, queueState } from './schemas.ts';

const MAX_PAGE = 500;

const listQuery = z.object({
  state: queueState.optional().describe('Only records in this state; finished ones are listed only when asked for'),
  domain: z.string().max(255).optional().describe('Only this destination'),
  after: z.string().max(400).optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
});

const because = z.object({ because: z.string().min(1).max(200).default('by the postmaster') });

const envelope = z.object({
  sender: z.string(),
  recipients: z.array(z.string()).describe('The first 100'),
  recipientCount: z.number().int(),
  size: z.number().describe('Octets of the content'),
  receivedAt: z.string(),
  origin: z.string(),
  messageId: z.string().optional(),
});

export const queueRoutes = (context: OpsContext): Route[] => [list(context), show(context), ...acts(context)];

const list = (context: OpsContext) =>
  route({
    ...{
      id: 'listQueue',
      tag: 'queue',
      method: 'GET',
      path: '/queue',
      summary: 'Records of the queue, oldest message first, with counts by state',
    },
    query: listQuery,
    answer: z.object({
      counts: queueCounts,
      records: z.array(queueRecord),
      next: z.string().optional(),
      cut: z.boolean().describe('The queue is longer than what was read'),
    }),
    handle: async ({ query }) => {
      const overview = await context.queue.overview();
      const wanted = query.domain?.toLowerCase();
      const matching = overview.lines.filter(
        (line) =>
          (query.state === undefined ? line.state !== 'done' : line.state === query.state) &&
          (wanted === undefined || line.domain === wanted),
      );
      // Pages follow the order of the list (queue id), and go on after a line that is gone by now.
      const after = query.after;
      const start = after === undefined ? 0 : matching.findIndex((line) => line.queueId > after);
      const rest = start === -1 ? [] : matching.slice(start);
      const page = rest.slice(0, query.limit);
      // A message with several records is not torn: the next page begins with another message.
      while (page.length < rest.length && rest[page.length]?.queueId === page.at(-1)?.queueId)
        page.push(rest[page.length]!);
      const records = await context.queue.records(page);
      const next = page.length < rest.length ? page.at(-1)?.queueId : undefined;
      return {
        counts: countStates(overview),
        records: records.map(({ record }) => viewRecord(record)),
        ...(next === undefined ? {} : { next }),
        cut: overview.cut,
      };
    },
  });

const show = ({ bus, spool }: OpsContext) =>
  route({
    ...{
      id: 'showQueued',
      tag: 'queue',
      method: 'GET',
      path: '/queue/{id}',
      summary: 'One message in the queue: its records and envelope',
      errors: [404],
    },
    params: byQueueId,
    answer: z.object({
      queueId: z.string(),
      envelope: envelope.nullable(),
      ageSeconds: z.number().optional(),
      records: z.array(queueRecord),
    }),
    handle: async ({ params }) => {
      const id = params.id;
      const [records, message] = await Promise.all([queueRecordsOf(bus, id), spool.read(id)]);
      if (records.length === 0 && message === null) throw notQueued(id);
      return {
        queueId: id,
        envelope: message === null ? null : envelopeOf(message.head),
        ...(message === null
          ? {}
          : { ageSeconds: Math.round((Date.now() - Date.parse(message.head.receivedAt)) / 1_000) }),
        records: records.map(({ record }) => viewRecord(record)),
      };
    },
  });

const notQueued = (id: string) =>
  new ApiError(
    404,
    'NOT_FOUND',
    `there is no message ${id} in the queue`,
    `it may be delivered already: see /api/v1/trace/${id} (postroad trace ${id})`,
  );

type Head = NonNullable<Awaited<ReturnType<OpsContext['spool']['read']>>>['head'];

function envelopeOf({
  envelope: { reversePath, recipients },
  size,
  receivedAt,
  origin,
  messageId,
}: Head): z.infer<typeof envelope> {
  return {
    sender: reversePath === null ? '<>' : plainAddress(reversePath),
    recipients: recipients.slice(0, 100).map(({ forwardPath }) => plainAddress(forwardPath)),
    ...{ recipientCount: recipients.length, size, receivedAt, origin: origin.kind },
    ...(messageId === undefined ? {} : { messageId }),
  };
}

const SUMMARY = {
  hold: 'Sets the undelivered records of a message aside',
  release: 'Ends a hold: due at once',
  retry: 'Tries again now what waits for a later time',
  cancel: 'Gives up: the sender is told, as at expiry',
} as const;

const acts = (context: OpsContext): Route[] =>
  (['hold', 'release', 'retry', 'cancel'] as const).map((act) =>
    route({
      ...{
        id: `${act}Queued`,
        tag: 'queue',
        method: 'POST',
        path: `/queue/{id}/${act}`,
        summary: SUMMARY[act],
        errors: [404],
      },
      params: byQueueId,
      body: because,
      answer: operationResults,
      handle: async ({ params, body }) => {
        const id = params.id;
        const results =
          act === 'cancel'
            ? await cancel(context.operator, id, body.because)
            : await operate(context.operator, act, id, body.because);
        if (results.length === 0) throw notQueued(id);
        return { results };
      },
    }),
  );
