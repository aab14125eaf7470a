import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bus, subjects } from '@postroad/bus';
import { z } from '@postroad/config';
import type { DirectoryReader } from '@postroad/directory';
import { backupSqliteStore, type MailStore, StoreError } from '@postroad/mailstore';
import type { Logger } from '@postroad/telemetry';
import type { ChangeHints } from './imap/types.ts';

export interface AdminDeps {
  readonly bus: Bus;
  readonly store: MailStore;
  readonly directory: Pick<DirectoryReader, 'accountNamed'>;
  readonly hints: ChangeHints;
  readonly logger: Logger;
  /** Directory of the sqlite store; null with another one, which is backed up by its own tools. */
  readonly sqliteDirectory: string | null;
}

const MAX_REQUEST = 256 << 10;

/** What an operation answers: its result, or a code and a sentence. */
type AdminReply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };

const account = z.string().min(1).max(320);
const OPERATIONS = {
  /** Deleted mail of an account that can be brought back, newest first. */
  expunged: operation(
    z.object({
      account,
      mailbox: z.string().max(1000).optional(),
      since: z.number().optional(),
      limit: z.number().int().min(1).max(10_000).optional(),
    }),
    async ({ store, directory }, { account: name, mailbox, since, limit }) => ({
      messages: await store.listExpunged(await idOf(directory, name), {
        ...(mailbox !== undefined && { mailbox }),
        ...(since !== undefined && { since }),
        limit: limit ?? 1000,
      }),
    }),
  ),
  restore: operation(
    z.object({ account, ids: z.array(z.number().int()).min(1).max(10_000), mailbox: z.string().max(1000).optional() }),
    async ({ store, directory, hints }, { account: name, ids, mailbox }) => {
      const id = await idOf(directory, name);
      const restored = await store.restoreExpunged(id, ids, mailbox);
      hints.publish(id);
      return { restored };
    },
  ),
  usage: operation(z.object({ account }), async ({ store, directory }, { account: name }) =>
    store.usage(await idOf(directory, name)),
  ),
  index: operation(z.object({}), async ({ store }) => ({ backlog: await store.indexBacklog() })),
  backup: operation(z.object({ directory: z.string().min(1).max(4096) }), async (deps, { directory }) => {
    if (deps.sqliteDirectory === null)
      throw new StoreError('CANNOT', 'this store is backed up by its own tools: pg_dump, and a copy of the bucket');
    await backupSqliteStore(deps.sqliteDirectory, directory);
    return { bytes: await sizeOf(directory) };
  }),
} as const;

interface Operation {
  readonly run: (deps: AdminDeps, request: unknown) => Promise<unknown>;
}

function operation<T>(schema: z.ZodType<T>, run: (deps: AdminDeps, request: T) => Promise<unknown>): Operation {
  return { run: (deps, request) => run(deps, schema.parse(request)) };
}

async function idOf(directory: AdminDeps['directory'], name: string): Promise<string> {
  const found = await directory.accountNamed(name);
  if (!found) throw new StoreError('NOT_FOUND', `there is no account ${name}`);
  return found.id;
}

/** Octets of all files below a directory. */
async function sizeOf(directory: string): Promise<number> {
  let octets = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) octets += (await stat(join(entry.parentPath, entry.name))).size;
  return octets;
}

/** Answers the administrator's requests; any one mda takes each (queue group). */
export function startAdmin(deps: AdminDeps): { drain(): Promise<void> } {
  const { nc } = deps.bus;
  let running = 0;
  const subscriptions = Object.entries(OPERATIONS).map(([name, { run }]) =>
    nc.subscribe(subjects.adminMda(name), {
      queue: 'mda',
      callback: (error, message) => {
        if (error !== null) return;
        running++;
        void answer(deps, name, run, message.data)
          .then((reply) => message.respond(JSON.stringify(reply)))
          .finally(() => running--);
      },
    }),
  );
  return {
    drain: async () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
      for (let i = 0; i < 100 && running > 0; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    },
  };
}

async function answer(deps: AdminDeps, name: string, run: Operation['run'], data: Uint8Array): Promise<AdminReply> {
  try {
    if (data.length > MAX_REQUEST) throw new StoreError('INVALID', 'the request is too long');
    return { ok: true, result: await run(deps, JSON.parse(Buffer.from(data).toString('utf8'))) };
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, code: error.code, message: error.message };
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      return { ok: false, code: 'INVALID', message: error.message };
    deps.logger.error({ err: error, operation: name }, 'an administrator’s request failed');
    return { ok: false, code: 'INTERNAL', message: 'internal error; the log of the mda says more' };
  }
}
