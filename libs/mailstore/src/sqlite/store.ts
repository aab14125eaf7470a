import type {
  AclEntry,
  Annotation,
  AnnotationChange,
  AppendItems,
  AppendResult,
  CopyResult,
  DeliveryItem,
  DeliveryResult,
  ExpungedFilter,
  ExpungedMessage,
  FetchWant,
  FetchedMessage,
  FlagChange,
  FlagResult,
  MailStore,
  Mailbox,
  MailboxChanges,
  MailboxSnapshot,
  MessageColumns,
  Replaced,
  RetentionRule,
  SearchProgress,
  SearchResult,
  SharedMailbox,
  SortCriterion,
  SpecialUse,
  StoreQuota,
  StoreSearchKey,
  StoreTransfer,
  Target,
  ThreadAlgorithm,
  ThreadNode,
  WirePage,
  WireWant,
} from '../types.ts';
import { StoreError } from '../types.ts';
import { packAppend } from './append.ts';
import { Answers } from './cache/answers.ts';
import { Reads } from './cache/reads.ts';
import { deliver } from './deliver.ts';
import { fetchMessages, type FetchTools, fetchWire } from './fetch.ts';
import { ContentFiles } from './files.ts';
import { applyRetention, collectGarbage, untilDone } from './housekeeping.ts';
import { Indexing } from './indexing.ts';
import { SqliteTransfer } from './transfer.ts';
import type { StoreParts } from './parts.ts';
import { startWorkers } from './workers.ts';

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
  const answers = new Answers();
  const workers = await startWorkers(options.directory, answers.writing);
  const reads = new Reads(workers, answers);
  const indexing = new Indexing(workers.indexer);
  return new SqliteStore({ ...workers, files, reads, indexing, inlineLimit: options.inlineLimit ?? 128 << 10 });
}

class SqliteStore implements MailStore {
  readonly #parts: StoreParts;
  readonly transfer: StoreTransfer;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.transfer = new SqliteTransfer(parts);
  }

  deliver(batch: readonly DeliveryItem[]): Promise<DeliveryResult[]> {
    return deliver(this.#parts, batch);
  }

  purgeDeliveries(before: number): Promise<number> {
    return untilDone(() => this.#parts.writer.call('purgeDeliveries', before));
  }

  listMailboxes(accountId: string): Promise<Mailbox[]> {
    return this.#read(accountId, () => this.#parts.reader.call('listMailboxes', accountId));
  }

  mailbox(accountId: string, name: string): Promise<Mailbox | null> {
    return this.#parts.reads.mailbox(accountId, name);
  }

  async createMailbox(accountId: string, name: string, specialUse?: SpecialUse): Promise<Mailbox> {
    await this.#parts.writer.call('create', { account: accountId, name, ...(specialUse && { specialUse }) });
    const made = await this.mailbox(accountId, name);
    if (!made) throw new StoreError('NOT_FOUND', 'the mailbox was removed again');
    return made;
  }

  deleteMailbox(accountId: string, name: string): Promise<void> {
    return this.#parts.writer.call('remove', { account: accountId, name });
  }

  renameMailbox(accountId: string, from: string, to: string): Promise<void> {
    return this.#parts.writer.call('rename', { account: accountId, name: from, to });
  }

  subscribe(accountId: string, name: string, on: boolean): Promise<void> {
    return this.#parts.writer.call('subscribe', { account: accountId, name, on });
  }

  listSubscriptions(accountId: string): Promise<string[]> {
    return this.#read(accountId, () => this.#parts.reader.call('subscriptions', accountId));
  }

  setSpecialUse(accountId: string, name: string, specialUse: SpecialUse | null): Promise<void> {
    return this.#parts.writer.call('setSpecialUse', { account: accountId, name, specialUse });
  }

  snapshot(accountId: string, mailboxId: number): Promise<MailboxSnapshot> {
    return this.#parts.reads.snapshot(accountId, mailboxId);
  }

  changesSince(accountId: string, mailboxId: number, modseq: number): Promise<MailboxChanges> {
    return this.#parts.reads.changesSince(accountId, mailboxId, modseq);
  }

  columns(accountId: string, mailboxId: number, wanted: number): Promise<MessageColumns | null> {
    return this.#parts.reads.columns(accountId, mailboxId, wanted);
  }

  fetch(account: string, mailbox: number, uids: readonly number[], want: FetchWant): AsyncIterable<FetchedMessage> {
    return fetchMessages(this.#tools(), { account, mailbox, uids, want });
  }

  wire(account: string, mailbox: number, uids: readonly number[], want: WireWant): AsyncIterable<WirePage> {
    return fetchWire(this.#tools(), { account, mailbox, uids, want });
  }

  #tools(): FetchTools {
    const { reader, writer, files } = this.#parts;
    const stale = (contents: readonly number[]): void => {
      // what is not written again now is asked for again with the next reading
      writer.call('rewire', contents).catch(() => undefined);
    };
    return { reader, files, stale };
  }

  search(account: string, mailbox: number, key: StoreSearchKey, progress?: SearchProgress): Promise<SearchResult> {
    return this.#read(account, () => this.#parts.searcher.call('search', { account, mailbox, key }, [], progress));
  }

  sort(
    account: string,
    mailbox: number,
    key: StoreSearchKey,
    criteria: readonly SortCriterion[],
  ): Promise<SearchResult> {
    return this.#parts.reads.sort({ account, mailbox, key, criteria });
  }

  thread(
    account: string,
    mailbox: number,
    key: StoreSearchKey,
    algorithm: ThreadAlgorithm,
  ): Promise<readonly ThreadNode[]> {
    return this.#read(account, () => this.#parts.searcher.call('thread', { account, mailbox, key, algorithm }));
  }

  async append(
    account: string,
    mailbox: string,
    items: AppendItems,
    quota?: StoreQuota,
    replaces?: Replaced,
  ): Promise<AppendResult[]> {
    // before anything is read: the writer looks again
    if (!(await this.mailbox(account, mailbox))) throw new StoreError('NOT_FOUND', 'no such mailbox');
    const maxBytes = replaces ? Infinity : (quota?.bytes ?? Infinity);
    const packed = await packAppend(items, { ...this.#parts, maxBytes });
    if (packed.rows.length === 0) return [];
    const request = { account, mailbox, ...packed, quota, replaces };
    const results = await this.#parts.writer.call('append', request, [packed.buffer]);
    this.#parts.indexing.poke();
    return results;
  }

  async copy(
    account: string,
    mailbox: number,
    uids: readonly number[],
    target: string | Target,
    quota?: StoreQuota,
  ): Promise<CopyResult> {
    const request = { account, mailbox, uids, target: targetOf(account, target), quota };
    const result = await this.#parts.writer.call('copy', request);
    if (request.target.account !== account) this.#parts.indexing.poke();
    return result;
  }

  async move(
    account: string,
    mailbox: number,
    uids: readonly number[],
    target: string | Target,
    quota?: StoreQuota,
  ): Promise<CopyResult> {
    const request = { account, mailbox, uids, target: targetOf(account, target), quota };
    const result = await this.#parts.writer.call('move', request);
    if (request.target.account !== account) this.#parts.indexing.poke();
    return result;
  }

  storeFlags(accountId: string, mailboxId: number, uids: readonly number[], change: FlagChange): Promise<FlagResult> {
    return this.#parts.writer.call('storeFlags', { account: accountId, mailbox: mailboxId, uids, change });
  }

  expunge(accountId: string, mailboxId: number, uids?: readonly number[]): Promise<number[]> {
    return this.#parts.writer.call('expunge', { account: accountId, mailbox: mailboxId, ...(uids && { uids }) });
  }

  usage(accountId: string): Promise<{ readonly bytes: number; readonly messages: number }> {
    return this.#read(accountId, () => this.#parts.reader.call('usage', accountId));
  }

  async claimRecent(account: string, mailbox: number): Promise<number> {
    const { recentFrom, uidNext } = await this.#parts.reads.mailboxById(account, mailbox);
    // most of the time nothing is recent: then there is nothing to write
    return recentFrom >= uidNext ? uidNext : this.#parts.writer.call('claimRecent', { account, mailbox });
  }

  acl(account: string, mailbox: number): Promise<AclEntry[]> {
    return this.#parts.reads.acl(account, mailbox);
  }

  setAcl(account: string, mailbox: number, identifier: string, rights: string): Promise<void> {
    return this.#parts.writer.call('setAcl', { account, mailbox, identifier, rights });
  }

  sharedWith(accountId: string): Promise<SharedMailbox[]> {
    return this.#parts.reader.call('sharedWith', accountId);
  }

  annotations(account: string, mailbox: number | null, viewer: string): Promise<Annotation[]> {
    return this.#read(account, () => this.#parts.reader.call('annotations', { account, mailbox, viewer }));
  }

  annotate(
    account: string,
    mailbox: number | null,
    changes: readonly AnnotationChange[],
    maxEntries: number,
  ): Promise<void> {
    return this.#parts.writer.call('annotate', { account, mailbox, changes, maxEntries });
  }

  listExpunged(account: string, filter: ExpungedFilter = {}): Promise<ExpungedMessage[]> {
    return this.#read(account, () => this.#parts.reader.call('listExpunged', { account, filter }));
  }

  restoreExpunged(account: string, ids: readonly number[], mailbox?: string): Promise<number> {
    return this.#parts.writer.call('restoreExpunged', { account, ids, mailbox });
  }

  purgeExpunged(before: number): Promise<number> {
    return untilDone(() => this.#parts.writer.call('purgeExpunged', before));
  }

  purgeVanished(before: number): Promise<number> {
    return untilDone(() => this.#parts.writer.call('purgeVanished', before));
  }

  applyRetention(rules: readonly RetentionRule[], now: number): Promise<ReadonlyMap<string, number>> {
    return applyRetention(this.#parts, rules, now);
  }

  raiseUidValidity(): Promise<void> {
    return this.#parts.writer.call('raiseUidValidity', undefined);
  }

  indexBacklog(): Promise<number> {
    return this.#parts.indexing.backlog();
  }

  indexed(): Promise<void> {
    return this.#parts.indexing.caughtUp();
  }

  collectGarbage(): Promise<number> {
    return collectGarbage(this.#parts);
  }

  async close(): Promise<void> {
    const { indexing, writer, indexer, reader, searcher } = this.#parts;
    indexing.close();
    await indexer.abandon();
    for (const worker of [writer, reader, searcher]) await worker.close();
  }

  #read<T>(accountId: string, read: () => Promise<T>): Promise<T> {
    return this.#parts.reads.making(accountId, read);
  }
}

function targetOf(account: string, target: string | Target): { readonly account: string; readonly name: string } {
  return typeof target === 'string' ? { account, name: target } : { account: target.accountId, name: target.name };
}
