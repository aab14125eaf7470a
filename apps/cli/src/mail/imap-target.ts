import type { ImapFlow } from 'imapflow';
import { CliError } from '../io.ts';
import type { Arrived, MailMessage, MailTarget } from './types.ts';

/** Our own server, by APPEND: flags, dates and folders stay as they were. */
export class ImapTarget implements MailTarget {
  readonly #client: ImapFlow;
  readonly #known = new Set<string>();
  #folder = 'INBOX';

  constructor(client: ImapFlow) {
    this.#client = client;
  }

  async open(folder: string): Promise<void> {
    if (this.#known.size === 0) for (const { path } of await this.#client.list()) this.#known.add(path);
    if (!this.#known.has(folder)) {
      await this.#client.mailboxCreate(folder);
      await this.#client.mailboxSubscribe(folder);
      this.#known.add(folder);
    }
    this.#folder = folder;
  }

  async mark(): Promise<string> {
    const status = await this.#client.status(this.#folder, { uidNext: true });
    return String(Number((status && status.uidNext) || 1) - 1);
  }

  async since(mark: string): Promise<Arrived[]> {
    const from = Number(mark) + 1;
    const lock = await this.#client.getMailboxLock(this.#folder, { readOnly: true });
    try {
      const mailbox = this.#client.mailbox;
      if (mailbox === false || mailbox.exists === 0) return [];
      const arrived: Arrived[] = [];
      const query = { uid: true, size: true, internalDate: true };
      for await (const { uid, size = 0, internalDate } of this.#client.fetch(`${String(from)}:*`, query, { uid: true }))
        if (uid >= from) arrived.push({ size, second: Math.floor(new Date(internalDate ?? 0).getTime() / 1000) });
      return arrived;
    } finally {
      lock.release();
    }
  }

  async append({ octets, flags, date }: MailMessage): Promise<string> {
    try {
      const done = await this.#client.append(this.#folder, octets, [...flags], new Date(date));
      if (done === false || done.uid === undefined) throw new Error('the server did not say where the message is');
      return String(done.uid);
    } catch (error) {
      const { serverResponseCode, responseText, message } = error as {
        serverResponseCode?: string;
        responseText?: string;
        message: string;
      };
      if (serverResponseCode === 'OVERQUOTA')
        throw new CliError(
          'OVER_QUOTA',
          'the account is full',
          'give it more room with `postroad account quota`, then say the same again',
        );
      throw new CliError(
        'APPEND_FAILED',
        `${this.#folder}: ${responseText ?? message}`,
        'say the same again: it goes on where it stopped',
      );
    }
  }

  async close(): Promise<void> {
    await this.#client.logout().catch(() => undefined);
  }
}
