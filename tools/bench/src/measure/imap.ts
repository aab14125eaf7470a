import { ImapFlow } from 'imapflow';
import type { System } from '../systems/system.ts';

export async function openImap(system: System, user: string): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: system.imap.port,
    secure: system.imap.tls,
    doSTARTTLS: false,
    auth: { user, pass: system.password },
    tls: { rejectUnauthorized: false },
    logger: false,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Counts messages in the inboxes of some users, over connections that stay open. */
export class InboxCounter {
  readonly #clients: ImapFlow[];
  private constructor(clients: ImapFlow[]) {
    this.#clients = clients;
  }

  static async open(system: System, users: readonly string[]): Promise<InboxCounter> {
    return new InboxCounter(await Promise.all(users.map((user) => openImap(system, user))));
  }

  async total(): Promise<number> {
    const counts = await Promise.all(this.#clients.map((client) => client.status('INBOX', { messages: true })));
    return counts.reduce((sum, status) => sum + (status === false ? 0 : (status.messages ?? 0)), 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.logout().catch(() => undefined)));
  }
}
