import { packFlags } from '../flags.ts';
import type {
  AppendItem,
  AppendResult,
  CopyResult,
  DeliveryItem,
  DeliveryResult,
  FetchedMessage,
  FetchWant,
  FlagChange,
  FlagResult,
  Mailbox,
  MailboxChanges,
  MailboxSnapshot,
  MailStore,
  SearchField,
  SpecialUse,
  StoreQuota,
} from '../types.ts';
import { StoreError } from '../types.ts';
import { Retry, WorkerClient } from './client.ts';
import { fetchMessages, searchMessages } from './fetch.ts';
import { ContentFiles } from './files.ts';
import { packAppend, packDelivery } from './pack.ts';
import { CONTENT_MISSING } from './protocol.ts';
import type { ReaderOperations } from './read/worker.ts';
import type { WriterOperations } from './write/worker.ts';

export interface SqliteStoreOptions {
  /** Directory of the database and its content files; made when missing. One store per directory. */
  readonly directory: string;
  /** Contents up to so many octets live in the database, larger ones in files. Default 128 KiB. */
  readonly inlineLimit?: number;
}

/** Opens the store of a directory; rejects when its schema is newer than this program. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<MailStore> {
  const files = new ContentFiles(options.directory);
  await files.prepare();
  const writer = new WorkerClient<WriterOperations>(new URL('./write/worker.ts', import.meta.url), options.directory);
  const reader = new WorkerClient<ReaderOperations>(new URL('./read/worker.ts', import.meta.url), options.directory);
  await writer.start();
  await reader.start();
  return new SqliteStore(writer, reader, files, options.inlineLimit ?? 128 << 10);
}

class SqliteStore implements MailStore {
  readonly #writer: WorkerClient<WriterOperations>;
  readonly #reader: WorkerClient<ReaderOperations>;
  readonly #files: ContentFiles;
  readonly #inlineLimit: number;

  constructor(
    writer: WorkerClient<WriterOperations>,
    reader: WorkerClient<ReaderOperations>,
    files: ContentFiles,
    inlineLimit: number,
  ) {
    this.#writer = writer;
    this.#reader = reader;
    this.#files = files;
    this.#inlineLimit = inlineLimit;
  }

  async deliver(batch: readonly DeliveryItem[]): Promise<DeliveryResult[]> {
    const tools = { files: this.#files, inlineLimit: this.#inlineLimit };
    const request = await packDelivery(batch, { ...tools, knows: (sha256) => this.#reader.call('knows', sha256) });
    try {
      return await this.#writer.call('deliver', request, [request.buffer]);
    } catch (error) {
      if (!(error instanceof Retry && error.code === CONTENT_MISSING)) throw error;
      const again = await packDelivery(batch, { ...tools, knows: () => Promise.resolve(false) });
      return this.#writer.call('deliver', again, [again.buffer]);
    }
  }

  async purgeDeliveries(before: number): Promise<number> {
    let purged = 0;
    for (;;) {
      const step = await this.#writer.call('purgeDeliveries', before);
      if (step === 0) return purged;
      purged += step;
    }
  }

  listMailboxes(accountId: string): Promise<Mailbox[]> {
    return this.#read(accountId, () => this.#reader.call('listMailboxes', accountId));
  }

  mailbox(accountId: string, name: string): Promise<Mailbox | null> {
    return this.#read(accountId, () => this.#reader.call('mailbox', { account: accountId, name }));
  }

  async createMailbox(accountId: string, name: string, specialUse?: SpecialUse): Promise<Mailbox> {
    await this.#writer.call('create', { account: accountId, name, ...(specialUse && { specialUse }) });
    const made = await this.mailbox(accountId, name);
    if (!made) throw new StoreError('NOT_FOUND', 'the mailbox was removed again');
    return made;
  }

  deleteMailbox(accountId: string, name: string): Promise<void> {
    return this.#writer.call('remove', { account: accountId, name });
  }

  renameMailbox(accountId: string, from: string, to: string): Promise<void> {
    return this.#writer.call('rename', { account: accountId, name: from, to });
  }

  subscribe(accountId: string, name: string, on: boolean): Promise<void> {
    return this.#writer.call('subscribe', { account: accountId, name, on });
  }

  listSubscriptions(accountId: string): Promise<string[]> {
    return this.#read(accountId, () => this.#reader.call('subscriptions', accountId));
  }

  snapshot(accountId: string, mailboxId: number): Promise<MailboxSnapshot> {
    return this.#read(accountId, () => this.#reader.call('snapshot', { account: accountId, mailbox: mailboxId }));
  }

  changesSince(accountId: string, mailboxId: number, modseq: number): Promise<MailboxChanges> {
    return this.#read(accountId, () =>
      this.#reader.call('changesSince', { account: accountId, mailbox: mailboxId, modseq }),
    );
  }

  fetch(accountId: string, mailboxId: number, uids: readonly number[], want: FetchWant): AsyncIterable<FetchedMessage> {
    return fetchMessages(this.#reader, this.#files, { account: accountId, mailbox: mailboxId, uids, want });
  }

  searchText(
    accountId: string,
    mailboxId: number,
    uids: readonly number[],
    field: SearchField,
    text: string,
  ): Promise<number[]> {
    return searchMessages(this.#reader, { account: accountId, mailbox: mailboxId, uids, field, text });
  }

  async append(
    accountId: string,
    mailbox: string,
    items: readonly AppendItem[],
    quota?: StoreQuota,
  ): Promise<AppendResult[]> {
    const rows = items.map((item) => ({ ...packFlags(item.flags), date: item.internalDate }));
    const { contents, buffer } = await packAppend(items, this.#files, this.#inlineLimit);
    return this.#writer.call('append', { account: accountId, mailbox, rows, contents, buffer, quota }, [buffer]);
  }

  copy(
    accountId: string,
    mailboxId: number,
    uids: readonly number[],
    target: string,
    quota?: StoreQuota,
  ): Promise<CopyResult> {
    return this.#writer.call('copy', { account: accountId, mailbox: mailboxId, uids, target, quota });
  }

  move(accountId: string, mailboxId: number, uids: readonly number[], target: string): Promise<CopyResult> {
    return this.#writer.call('move', { account: accountId, mailbox: mailboxId, uids, target, quota: undefined });
  }

  storeFlags(accountId: string, mailboxId: number, uids: readonly number[], change: FlagChange): Promise<FlagResult> {
    return this.#writer.call('storeFlags', { account: accountId, mailbox: mailboxId, uids, change });
  }

  expunge(accountId: string, mailboxId: number, uids?: readonly number[]): Promise<number[]> {
    return this.#writer.call('expunge', { account: accountId, mailbox: mailboxId, ...(uids && { uids }) });
  }

  usage(accountId: string): Promise<{ readonly bytes: number; readonly messages: number }> {
    return this.#read(accountId, () => this.#reader.call('usage', accountId));
  }

  async collectGarbage(): Promise<number> {
    let bytes = 0;
    for (let more = true; more;) {
      const step = await this.#writer.call('collectGarbage', undefined);
      bytes += step.bytes;
      more = step.more;
    }
    await this.#files.sweep((files) => this.#writer.call('unreferencedFiles', files));
    return bytes;
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#reader.close();
  }

  /** An account appears at first use: a reader that misses it has the writer make it. */
  async #read<T>(accountId: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Retry && error.code === 'NO_ACCOUNT')) throw error;
      await this.#writer.call('account', accountId);
      return read();
    }
  }
}
