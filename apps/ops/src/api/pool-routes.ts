import { z } from '@postroad/config';
import { moveToPool, type PoolMove } from '@postroad/bus';
import type { OpsContext } from '../context.ts';
import type { QueueLine } from '../queue/overview.ts';
import { relaysByPool } from '../queue/pools.ts';
import { route, type Route } from './route.ts';
import { pool } from './schemas.ts';

/** One request moves so many at most, so that it is answered in seconds. */
const MOST = 1_000;
const AT_ONCE = 16;

const toBeSent = ({ state, domain }: QueueLine) => state !== 'done' && !domain.startsWith('=');

/** Source pools: what waits in them, who sends it, and moving records from one to another (ADR 0032). */
export const poolRoutes = ({ bus, queue }: OpsContext): Route[] => [
  route({
    ...{ id: 'listPools', tag: 'queue', method: 'GET', path: '/pools', summary: 'Source pools, by records and relays' },
    answer: z.object({
      pools: z.array(
        z.object({
          pool: z.string(),
          records: z.number().int().describe('Records that are still to be sent'),
          served: z.boolean().describe('A relay holds shards of it'),
        }),
      ),
    }),
    handle: async () => {
      const [{ lines }, served] = await Promise.all([queue.overview(), relaysByPool(bus)]);
      const records = new Map([...served].map((name) => [name, 0]));
      for (const line of lines.filter(toBeSent)) records.set(line.pool, (records.get(line.pool) ?? 0) + 1);
      const pools = [...records].map(([name, n]) => ({ pool: name, records: n, served: served.has(name) }));
      return { pools: pools.sort((a, b) => (a.pool < b.pool ? -1 : 1)) };
    },
  }),
  route({
    ...{
      id: 'moveQueued',
      tag: 'queue',
      method: 'POST',
      path: '/pools/move',
      summary: 'Moves the records of a source pool to another, at most 1,000 at once; attempts under way are let be',
      errors: [400],
    },
    body: z.object({ from: pool, to: pool, after: z.string().max(500).default('') }),
    answer: z.object({
      ...{ moved: z.number().int(), busy: z.number().int(), unreadable: z.number().int(), unchanged: z.number().int() },
      next: z.string().optional().describe('More stand there: `after` of the next request'),
    }),
    handle: async ({ body: { from, to, after } }) => {
      const { lines } = await queue.overview({ anew: true });
      const all = lines.filter((line) => line.pool === from && toBeSent(line)).map(({ subject }) => subject);
      const page = all.sort().filter((subject) => subject > after);
      const counts: Record<PoolMove, number> = { moved: 0, busy: 0, unreadable: 0, unchanged: 0 };
      const chosen = page.slice(0, MOST);
      for (let at = 0; at < chosen.length; at += AT_ONCE)
        for (const result of await Promise.all(
          chosen.slice(at, at + AT_ONCE).map((subject) => moveToPool(bus, subject, to)),
        ))
          counts[result] += 1;
      const next = page.length > MOST ? chosen.at(-1) : undefined;
      return { ...counts, ...(next === undefined ? {} : { next }) };
    },
  }),
];
