import type { Bus } from '@postroad/bus';
import { z } from '@postroad/config';
import { askMda } from '../mda.ts';
import { route, type Route } from './route.ts';
import { byAddress } from './schemas.ts';

const expunged = z
  .object({
    id: z.number().int(),
    mailbox: z.string().describe('Where it was'),
    uid: z.number().int(),
    flags: z.array(z.string()),
    expungedAt: z.string(),
    internalDate: z.string(),
    size: z.number().int(),
    subject: z.string(),
    from: z.string(),
  })
  .meta({ id: 'ExpungedMessage' });

interface Expunged {
  readonly expungedAt: number;
  readonly internalDate: number;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** Mailboxes, as far as an administrator needs them without being their owner. */
export const mailboxRoutes = (bus: Bus): Route[] => [
  route({
    ...{ id: 'usage', tag: 'mailboxes', method: 'GET', path: '/accounts/{address}/usage', errors: [404] },
    summary: 'Octets and messages an account holds',
    params: byAddress,
    answer: z.object({ bytes: z.number(), messages: z.number() }),
    handle: ({ params }) => askMda(bus, 'usage', { account: params.address }),
  }),
  route({
    ...{
      id: 'listExpunged',
      tag: 'mailboxes',
      method: 'GET',
      path: '/accounts/{address}/expunged',
      errors: [400, 404],
    },
    summary: 'Deleted mail that can be brought back, newest first',
    params: byAddress,
    query: z.object({
      mailbox: z.string().optional(),
      since: z.iso.datetime({ offset: true }).optional(),
      limit: z.coerce.number().int().min(1).max(10_000).optional(),
    }),
    answer: z.object({ messages: z.array(expunged) }),
    handle: async ({ params, query: { mailbox, since, limit } }) => {
      const { messages } = await askMda<{ messages: Expunged[] }>(bus, 'expunged', {
        account: params.address,
        mailbox,
        since: since === undefined ? undefined : Date.parse(since),
        limit,
      });
      return {
        messages: messages.map((m) => ({ ...m, expungedAt: iso(m.expungedAt), internalDate: iso(m.internalDate) })),
      };
    },
  }),
  route({
    ...{
      id: 'restore',
      tag: 'mailboxes',
      method: 'POST',
      path: '/accounts/{address}/restore',
      errors: [400, 404, 409],
    },
    summary: 'Brings deleted mail back, into the mailbox it was in or another',
    params: byAddress,
    body: z.object({
      ids: z.array(z.number().int()).min(1).max(10_000),
      mailbox: z.string().min(1).max(1000).optional(),
    }),
    answer: z.object({ restored: z.number().int() }),
    handle: ({ params, body }) => askMda(bus, 'restore', { account: params.address, ...body }),
  }),
  route({
    ...{ id: 'backup', tag: 'mailboxes', method: 'POST', path: '/store/backup', errors: [400] },
    summary: 'Copies the embedded mailbox store into a new directory of the mda’s machine, while it is in use',
    body: z.object({ directory: z.string().min(1).max(4096) }),
    answer: z.object({ bytes: z.number() }).loose(),
    handle: ({ body }) => askMda(bus, 'backup', body),
  }),
];
