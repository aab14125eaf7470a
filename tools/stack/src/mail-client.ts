import { readFileSync } from 'node:fs';
import { ImapFlow } from 'imapflow';
import type { Stack } from './stack.ts';

export interface ReadMessage {
  readonly uid: number;
  readonly octets: string;
  readonly flags: readonly string[];
  /** ms since the epoch. */
  readonly date: number;
}

/** A person's mail program, as far as tests need one. */
export interface MailClient {
  /** @throws Error whose `code` is the server's response code */
  append(mailbox: string, octets: string, flags?: readonly string[], date?: Date): Promise<number>;
  all(mailbox: string): Promise<ReadMessage[]>;
  remove(mailbox: string, uids: string): Promise<void>;
  uidValidity(mailbox: string): Promise<bigint>;
  count(mailbox: string): Promise<number>;
  folders(): Promise<string[]>;
  create(mailbox: string): Promise<void>;
  close(): Promise<void>;
}

interface Place {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Null: without TLS. */
  readonly ca: Buffer | null;
}

/** Signs in at the mda of a stack. */
export function openMail(stack: Stack, user: string, password: string): Promise<MailClient> {
  return openImap({ port: stack.ports.imaps, user, password, ca: readFileSync(stack.certificate.ca) });
}

export async function openImap({ port, user, password, ca }: Place): Promise<MailClient> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: ca !== null,
    ...(ca === null ? { doSTARTTLS: false } : { tls: { ca } }),
    auth: { user, pass: password },
    disableAutoIdle: true,
    logger: false,
  });
  client.on('error', () => undefined);
  await client.connect();
  const within = async <T>(mailbox: string, work: () => Promise<T>): Promise<T> => {
    const lock = await client.getMailboxLock(mailbox);
    try {
      return await work();
    } finally {
      lock.release();
    }
  };
  return {
    async append(mailbox, octets, flags = [], date) {
      try {
        const done = await client.append(mailbox, Buffer.from(octets, 'latin1'), [...flags], date);
        return (done && done.uid) || 0;
      } catch (error) {
        throw Object.assign(new Error((error as Error).message), {
          code: (error as { serverResponseCode?: string }).serverResponseCode,
        });
      }
    },
    all: (mailbox) =>
      within(mailbox, async () => {
        await client.noop();
        if (client.mailbox === false || client.mailbox.exists === 0) return [];
        const query = { uid: true, flags: true, internalDate: true, source: true };
        const found = await client.fetchAll('1:*', query, { uid: true });
        return found
          .map(({ uid, flags, internalDate, source }) => ({
            uid,
            octets: source?.toString('latin1') ?? '',
            flags: [...(flags ?? [])],
            date: new Date(internalDate ?? 0).getTime(),
          }))
          .sort((a, b) => a.uid - b.uid);
      }),
    remove: (mailbox, uids) =>
      within(mailbox, async () => {
        await client.messageDelete(uids, { uid: true });
      }),
    async uidValidity(mailbox) {
      const status = await client.status(mailbox, { uidValidity: true });
      return (status && status.uidValidity) || 0n;
    },
    async count(mailbox) {
      const status = await client.status(mailbox, { messages: true });
      return (status && status.messages) || 0;
    },
    folders: async () => (await client.list()).map(({ path }) => path).sort(),
    async create(mailbox) {
      await client.mailboxCreate(mailbox);
    },
    close: () => client.logout().catch(() => undefined),
  };
}
