import type { AccountDump, DeliveryKey, MessageDump, StoreTransfer } from '../types.ts';
import { MessageGone } from '../types.ts';
import { Retry } from './client.ts';
import { type FetchCall, fetchMessages } from './fetch.ts';
import { packLoad } from './pack.ts';
import { CONTENT_MISSING } from './protocol.ts';
import type { StoreParts } from './parts.ts';

export class SqliteTransfer implements StoreTransfer {
  readonly #parts: StoreParts;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  accounts(): Promise<string[]> {
    return this.#parts.reader.call('accounts', undefined);
  }

  dumpAccount(accountId: string): Promise<AccountDump> {
    return this.#parts.reader.call('dumpAccount', accountId);
  }

  async dumpMessages(account: string, mailbox: string, afterUid: number, limit: number): Promise<MessageDump[]> {
    const page = await this.#parts.reader.call('dumpMessages', { account, mailbox, afterUid, limit });
    return page.messages.map((message) => {
      const call = { account, mailbox: page.mailboxId, uids: [message.uid], want: { content: true } };
      return { ...message, read: () => this.#content(call) };
    });
  }

  /** The octets behind the prefix. */
  async *#content(call: FetchCall): AsyncGenerator<Uint8Array> {
    const { reader, files } = this.#parts;
    for await (const message of fetchMessages({ reader, files, stale: () => undefined }, call)) {
      if (message.bytes) yield* message.bytes.read(message.prefixSize);
      return;
    }
    throw new MessageGone(call.uids[0] ?? 0);
  }

  dumpDeliveries(after: DeliveryKey | null, limit: number): Promise<DeliveryKey[]> {
    return this.#parts.reader.call('dumpDeliveries', { after, limit });
  }

  loadAccount(account: AccountDump): Promise<void> {
    return this.#parts.writer.call('loadAccount', account);
  }

  async loadMessages(account: string, mailbox: string, messages: readonly MessageDump[]): Promise<void> {
    const { reader, writer, files, inlineLimit, indexing, reads } = this.#parts;
    const load = async (knows: (sha256: string) => Promise<boolean>): Promise<void> => {
      const request = await packLoad(account, mailbox, messages, { files, inlineLimit, knows });
      await writer.call('loadMessages', request, [request.buffer]);
    };
    try {
      await load((sha256) => reader.call('knows', sha256));
    } catch (error) {
      if (!(error instanceof Retry && error.code === CONTENT_MISSING)) throw error;
      await load(() => Promise.resolve(false));
    }
    // they have MODSEQs of their own, below others
    reads.forgetColumns();
    indexing.poke();
  }

  loadDeliveries(keys: readonly DeliveryKey[]): Promise<void> {
    return this.#parts.writer.call('loadDeliveries', keys);
  }
}
