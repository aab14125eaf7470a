import type { ImapFlow, MailboxLockObject } from 'imapflow';
import { ApiError } from '../http/api-error.ts';
import { logout, openImap } from './connection.ts';
import type { Credentials, MailServers } from './servers.ts';
import { Watch } from './watch.ts';

const MAX_DOWNLOADS = 4;
const LOCK_MS = 20_000;
/** A connection nobody used is closed; the next request opens one. */
const UNUSED_MS = 10 * 60_000;

/** One person's mail: a connection for what is asked, and one that waits for news of the inbox while somebody looks. */
export class Account {
  readonly credentials: Credentials;
  readonly watch: Watch;
  readonly #servers: MailServers;
  #client: Promise<ImapFlow> | null = null;
  #closing: NodeJS.Timeout | null = null;
  #closed = false;
  #downloads = 0;

  constructor(servers: MailServers, credentials: Credentials) {
    this.#servers = servers;
    this.credentials = credentials;
    this.watch = new Watch(() => openImap(servers, credentials, { autoIdleDelay: 100 }));
  }

  /** The connection, opened when there is none. */
  async client(): Promise<ImapFlow> {
    if (this.#closed) throw Object.assign(new Error('signed out'), { code: 'NoConnection' });
    const before = this.#client;
    const open = await before?.catch(() => null);
    if (open?.usable === true) return this.#used(open);
    // While we waited another request began to connect anew: one connection is enough.
    if (this.#client !== before && this.#client !== null) return this.client();
    this.#client = openImap(this.#servers, this.credentials, { autoIdleDelay: 2_000 });
    this.#client.catch(() => (this.#client = null));
    const client = await this.#client;
    for (const event of ['exists', 'expunge', 'flags'] as const)
      client.on(event, ({ path, ...rest }: { path: string; count?: number; prevCount?: number }) =>
        this.watch.tell({ folder: path, arrived: (rest.count ?? 0) > (rest.prevCount ?? Infinity) }),
      );
    return this.#used(client);
  }

  /** Does something in a folder that no other request leaves meanwhile. */
  async inFolder<T>(folder: string, work: (client: ImapFlow) => Promise<T>): Promise<T> {
    const client = await this.client();
    const lock: MailboxLockObject = await client.getMailboxLock(folder, { acquireTimeout: LOCK_MS });
    try {
      return await work(client);
    } finally {
      lock.release();
    }
  }

  /** A connection for one download; whoever takes it ends it. */
  async downloadConnection(): Promise<ImapFlow> {
    if (this.#downloads >= MAX_DOWNLOADS)
      throw new ApiError(429, 'BUSY', 'Too many downloads at once. Wait until one has ended.', 5);
    this.#downloads += 1;
    try {
      const client = await openImap(this.#servers, this.credentials);
      client.once('close', () => (this.#downloads -= 1));
      return client;
    } catch (error) {
      this.#downloads -= 1;
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#closing !== null) clearTimeout(this.#closing);
    this.watch.close();
    this.#client?.then(logout, () => undefined);
  }

  #used(client: ImapFlow): ImapFlow {
    if (this.#closing !== null) clearTimeout(this.#closing);
    this.#closing = setTimeout(() => {
      this.#client = null;
      logout(client);
    }, UNUSED_MS).unref();
    return client;
  }
}
