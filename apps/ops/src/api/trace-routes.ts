import { z } from '@postroad/config';
import type { OpsContext } from '../context.ts';
import { overallHealth } from '../overall-health.ts';
import { messageSummary, story } from '../story/schema.ts';
import { findMessages, type Question } from '../story/search.ts';
import { summaryOf, tellStory } from '../story/story.ts';
import { ApiError } from './errors.ts';
import { route, type Route } from './route.ts';
import { health } from './schemas.ts';

/** Stories told at once: an address may have written thousands. */
const MAX_STORIES = 20;

const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);
const who = {
  sender: z.string().max(320).optional().describe('Reverse-path, <> for the null one'),
  recipient: z.string().max(320).optional().describe('An address it was sent to'),
};
const answer = z.object({ messages: z.array(story).describe('Newest first') });

/** Events and spans of messages, and how the agents are. */
export const traceRoutes = (context: OpsContext): Route[] => {
  const { store } = context;
  const tell = (question: Question, most: number) => {
    const messages = findMessages(store.reader, question, most).flatMap((id) => tellStory(store.reader, id) ?? []);
    if (messages.length > 0) return { messages };
    const asked = question.id ?? [question.sender, question.recipient].filter(Boolean).join(' to ');
    throw new ApiError(
      404,
      'NOT_FOUND',
      `nothing is known of ${asked}`,
      'a message shows up within a second of its arrival, and is forgotten after storeDays or storeBytes',
    );
  };
  return [
    route({
      ...{
        id: 'trace',
        tag: 'trace',
        method: 'GET',
        path: '/trace/{id}',
        summary: 'The story of a message across agents',
        errors: [404],
      },
      params: z.object({
        id: z
          .string()
          .min(1)
          .max(998)
          .describe('Message-ID with or without angle brackets, queue id, trace id, or an address'),
      }),
      query: z.object({ limit: limit(MAX_STORIES, MAX_STORIES) }),
      answer,
      handle: async ({ params, query }) => tell({ id: params.id }, query.limit),
    }),
    route({
      ...{
        id: 'traceByAddress',
        tag: 'trace',
        method: 'GET',
        path: '/trace',
        summary: 'The stories of the newest messages of a sender, a recipient, or both',
        errors: [400, 404],
      },
      query: z
        .object({ ...who, limit: limit(MAX_STORIES, 5) })
        .refine((q) => q.sender !== undefined || q.recipient !== undefined, 'say sender or recipient'),
      answer,
      handle: async ({ query }) => tell(query, query.limit),
    }),
    route({
      ...{
        id: 'listMessages',
        tag: 'trace',
        method: 'GET',
        path: '/messages',
        summary: 'The newest messages, of everybody or of an address',
      },
      query: z.object({ ...who, limit: limit(200, 50) }),
      answer: z.object({ messages: z.array(messageSummary) }),
      handle: async ({ query }) => ({ messages: listMessages(context, query, query.limit) }),
    }),
    route({
      ...{
        id: 'health',
        tag: 'health',
        method: 'GET',
        path: '/health',
        summary: 'Whether broker, agents and event store can do their work',
      },
      answer: health,
      handle: () => overallHealth(context),
    }),
  ];
};

export function listMessages({ store: { reader } }: OpsContext, question: Question, most: number) {
  const asked = Object.values(question).some((value) => typeof value === 'string' && value !== '');
  const ids = asked
    ? findMessages(reader, question, most)
    : [...new Set(reader.recent(most).flatMap(({ queueId }) => queueId ?? []))];
  return ids.flatMap((id) => summaryOf(reader, id) ?? []);
}
