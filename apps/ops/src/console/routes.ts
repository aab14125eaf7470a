import { readFileSync } from 'node:fs';
import { isQueueId } from '@postroad/mail';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { listMessages } from '../api/trace-routes.ts';
import type { OpsContext } from '../context.ts';
import { overallHealth } from '../overall-health.ts';
import { countStates, viewRecord } from '../queue/view.ts';
import { findMessages } from '../story/search.ts';
import { summaryOf, tellStory } from '../story/story.ts';
import { overviewPage } from './overview-page.ts';
import { queuePage } from './queue-page.ts';
import { resultsPage, storyPage } from './story-page.ts';

const TYPES = {
  'console.css': 'text/css; charset=utf-8',
  'lanes.css': 'text/css; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;
const RECENT = 25;
const RESULTS = 50;
const QUEUE_PAGE = 200;

/** The few files pages refer to; they say nothing, so that they need no sign-in. */
export function registerAssets(app: FastifyInstance): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const content = readFileSync(new URL(`./assets/${name}`, import.meta.url));
    app.get(`/assets/${name}`, (_request, reply) =>
      reply.type(type).header('cache-control', 'max-age=300').send(content),
    );
  }
}

const show = (reply: FastifyReply, page: string, status = 200) =>
  reply.code(status).type('text/html; charset=utf-8').send(page);
const text = (query: unknown, name: string): string | undefined => {
  const value = (query as Record<string, unknown>)[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 998) : undefined;
};

/** The postmaster's pages, for people who have signed in. */
export function registerPages(app: FastifyInstance, context: OpsContext): void {
  const { reader } = context.store;
  app.get('/', async (_request, reply) => {
    const queue = await context.queue.overview().then(countStates, () => null);
    return show(
      reply,
      overviewPage({ messages: listMessages(context, {}, RECENT), queue, health: await overallHealth(context) }),
    );
  });
  app.get('/messages', (request, reply) => {
    const search = text(request.query, 'q');
    if (search === undefined) return reply.redirect('/');
    const found = findMessages(reader, { id: search }, RESULTS);
    const [only] = found;
    const story = found.length === 1 && only !== undefined ? tellStory(reader, only) : null;
    if (story !== null) return show(reply, storyPage(story, search));
    const messages = found.flatMap((id) => summaryOf(reader, id) ?? []);
    return show(reply, resultsPage(search, messages), messages.length === 0 ? 404 : 200);
  });
  app.get('/messages/:id', (request, reply) => {
    const { id } = request.params as { id: string };
    const story = isQueueId(id) ? tellStory(reader, id) : null;
    return story === null ? show(reply, resultsPage(id.slice(0, 100), []), 404) : show(reply, storyPage(story, ''));
  });
  app.get('/queue', async (request, reply) => {
    const state = text(request.query, 'state');
    const overview = await context.queue.overview();
    const lines = overview.lines.filter((line) => (state === undefined ? line.state !== 'done' : line.state === state));
    const records = await context.queue.records(lines.slice(0, QUEUE_PAGE));
    const further = Math.max(0, lines.length - QUEUE_PAGE);
    return show(
      reply,
      queuePage({
        counts: countStates(overview),
        records: records.map(({ record }) => viewRecord(record)),
        state,
        further,
      }),
    );
  });
}
