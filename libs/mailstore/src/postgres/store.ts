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
  FetchedMessage,
  FetchWant,
  FlagChange,
  FlagResult,
  Mailbox,
  MailboxChanges,
  MailboxSnapshot,
  MailStore,
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
} from '../types.ts';
import { StoreError } from '../types.ts';
import { Accounts } from './accounts.ts';
import { append } from './append.ts';
import { changesSince, snapshot } from './changes.ts';
import { Contents } from './contents.ts';
import { copy, move } from './copy.ts';
import { Database, type Sql } from './database.ts';
import { deliver } from './deliver.ts';
import { expungeDeleted } from './expunge.ts';
import { fetchMessages } from './fetch.ts';
import { collectGarbage } from './garbage.ts';
import { Gate } from './gate.ts';
import { applyRetention, purgeDeliveries, purgeExpunged, purgeVanished, raiseUidValidity } from './housekeeping.ts';
import { Indexer } from './index/indexer.ts';
import { lockMailbox } from './locks.ts';
import { createMailbox, deleteMailbox, renameMailbox, setSpecialUse, subscribe } from './mailbox-names.ts';
import { mailboxByName, mailboxesOf } from './mailbox-rows.ts';
import { migrate } from './migrate.ts';
import { Objects } from './objects.ts';
import type { PostgresStoreOptions } from './options.ts';
import { usageOf } from './quota.ts';
import { claimRecent } from './recent.ts';
import { sortFound, threadFound } from './search/order.ts';
import { search } from './search/search.ts';
import { acl, annotate, annotations, setAcl, sharedWith } from './sharing.ts';
import { storeFlags } from './store-flags.ts';
import { accountNames, dumpAccount, dumpDeliveries, dumpMessages } from './transfer/dump.ts';
import { loadAccount, loadDeliveries, loadMessages } from './transfer/load.ts';
import { listExpunged, restoreExpunged } from './undelete.ts';

const INLINE_LIMIT = 128 << 10;

/**
 * Opens a store that any number of processes share. Its schema is made or brought up to date; rejects with a sentence that says
 * what to do when the server cannot be used (its version, its durability, an extension it lacks, a schema that is too new).
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<MailStore> {
  const db = new Database(options);
  try {
    await migrate(db);
  } catch (error) {
    await db.close();
    throw error;
  }
  return new PostgresStore(db, options);
}

class PostgresStore implements MailStore {
  readonly transfer: StoreTransfer;
  readonly #db: Database;
  readonly #gate = new Gate();
  readonly #accounts: Accounts;
  readonly #objects: Objects;
  readonly #contents: Contents;
  readonly #indexer: Indexer;

  constructor(db: Database, options: PostgresStoreOptions) {
    this.#db = db;
    this.#accounts = new Accounts(db);
    this.#objects = new Objects(db, options);
    const { inlineLimit = INLINE_LIMIT, spoolDirectory } = options;
    this.#contents = new Contents({ db, objects: this.#objects, inlineLimit, spoolDirectory });
    this.#indexer = new Indexer(db, this.#objects);
    if (options.indexer ?? true) this.#indexer.start();
    this.transfer = this.#transfer();
  }

  deliver(batch: readonly DeliveryItem[]): Promise<DeliveryResult[]> {
    return this.#adding(() => deliver(batch, this.#accounts, this.#contents));
  }

  purgeDeliveries(before: number): Promise<number> {
    return this.#gate.run(() => purgeDeliveries(this.#db, before));
  }

  listMailboxes(accountId: string): Promise<Mailbox[]> {
    return this.#read(accountId, (account) => mailboxesOf(this.#db, account));
  }

  mailbox(accountId: string, name: string): Promise<Mailbox | null> {
    return this.#read(accountId, (account) => mailboxByName(this.#db, account, name));
  }

  async createMailbox(accountId: string, name: string, specialUse?: SpecialUse): Promise<Mailbox> {
    await this.#write(accountId, (sql, account) => createMailbox(sql, account, name, specialUse));
    const made = await this.mailbox(accountId, name);
    if (!made) throw new StoreError('NOT_FOUND', 'the mailbox was removed again');
    return made;
  }

  deleteMailbox(accountId: string, name: string): Promise<void> {
    return this.#write(accountId, (sql, account) => deleteMailbox(sql, account, name));
  }

  renameMailbox(accountId: string, from: string, to: string): Promise<void> {
    return this.#write(accountId, (sql, account) => renameMailbox(sql, account, from, to));
  }

  subscribe(accountId: string, name: string, on: boolean): Promise<void> {
    return this.#write(accountId, (sql, account) => subscribe(sql, account, name, on));
  }

  listSubscriptions(accountId: string): Promise<string[]> {
    return this.#read(accountId, async (account) => {
      const names = 'SELECT name FROM subscription WHERE account = $1 ORDER BY name';
      return (await this.#db.rows<{ name: string }>(names, [account])).map(({ name }) => name);
    });
  }

  snapshot(accountId: string, mailboxId: number): Promise<MailboxSnapshot> {
    return this.#read(accountId, (account) => snapshot(this.#db, account, mailboxId));
  }

  changesSince(accountId: string, mailboxId: number, modseq: number): Promise<MailboxChanges> {
    return this.#read(accountId, (account) => changesSince(this.#db, account, mailboxId, modseq));
  }

  fetch(accountId: string, mailbox: number, uids: readonly number[], want: FetchWant): AsyncIterable<FetchedMessage> {
    const accounts = this.#accounts;
    const [db, objects] = [this.#db, this.#objects];
    return this.#gate.iterate(async function* () {
      yield* fetchMessages(db, objects, { account: await accounts.id(accountId), mailbox, uids, want });
    });
  }

  search(accountId: string, mailbox: number, key: StoreSearchKey, progress?: SearchProgress): Promise<SearchResult> {
    return this.#read(accountId, (account) => this.#search(account, mailbox, key, progress));
  }

  sort(
    accountId: string,
    mailbox: number,
    key: StoreSearchKey,
    criteria: readonly SortCriterion[],
  ): Promise<SearchResult> {
    return this.#read(accountId, async (account) =>
      sortFound(this.#db, mailbox, await this.#search(account, mailbox, key), criteria),
    );
  }

  thread(
    accountId: string,
    mailbox: number,
    key: StoreSearchKey,
    algorithm: ThreadAlgorithm,
  ): Promise<readonly ThreadNode[]> {
    return this.#read(accountId, async (account) =>
      threadFound(this.#db, mailbox, (await this.#search(account, mailbox, key)).uids, algorithm),
    );
  }

  append(
    accountId: string,
    mailbox: string,
    items: AppendItems,
    quota?: StoreQuota,
    replaces?: Replaced,
  ): Promise<AppendResult[]> {
    return this.#adding(async () => {
      const account = await this.#accounts.id(accountId);
      return append(this.#contents, items, { account, mailbox, quota, replaces });
    });
  }

  copy(
    accountId: string,
    mailbox: number,
    uids: readonly number[],
    target: string | Target,
    quota?: StoreQuota,
  ): Promise<CopyResult> {
    return this.#transport(copy, accountId, mailbox, uids, target, quota);
  }

  move(
    accountId: string,
    mailbox: number,
    uids: readonly number[],
    target: string | Target,
    quota?: StoreQuota,
  ): Promise<CopyResult> {
    return this.#transport(move, accountId, mailbox, uids, target, quota);
  }

  storeFlags(accountId: string, mailbox: number, uids: readonly number[], change: FlagChange): Promise<FlagResult> {
    return this.#write(accountId, (sql, account) => storeFlags(sql, account, mailbox, uids, change));
  }

  expunge(accountId: string, mailboxId: number, uids?: readonly number[]): Promise<number[]> {
    return this.#write(accountId, async (sql, account) =>
      expungeDeleted(sql, await lockMailbox(sql, account, mailboxId), Date.now(), uids),
    );
  }

  usage(accountId: string): Promise<{ readonly bytes: number; readonly messages: number }> {
    return this.#read(accountId, async (account) => {
      return (await usageOf(this.#db, [account])).get(account) ?? { bytes: 0, messages: 0 };
    });
  }

  claimRecent(accountId: string, mailboxId: number): Promise<number> {
    return this.#read(accountId, (account) => claimRecent(this.#db, account, mailboxId));
  }

  setSpecialUse(accountId: string, name: string, specialUse: SpecialUse | null): Promise<void> {
    return this.#write(accountId, (sql, account) => setSpecialUse(sql, account, name, specialUse));
  }

  acl(accountId: string, mailboxId: number): Promise<AclEntry[]> {
    return this.#read(accountId, (account) => acl(this.#db, account, mailboxId));
  }

  setAcl(accountId: string, mailboxId: number, identifier: string, rights: string): Promise<void> {
    return this.#write(accountId, (sql, account) => setAcl(sql, account, mailboxId, identifier, rights));
  }

  sharedWith(accountId: string): Promise<SharedMailbox[]> {
    return this.#gate.run(() => sharedWith(this.#db, accountId));
  }

  annotations(accountId: string, mailboxId: number | null, viewer: string): Promise<Annotation[]> {
    return this.#read(accountId, (account) => annotations(this.#db, account, mailboxId, viewer));
  }

  annotate(
    accountId: string,
    mailboxId: number | null,
    changes: readonly AnnotationChange[],
    maxEntries: number,
  ): Promise<void> {
    return this.#write(accountId, (sql, account) => annotate(sql, account, mailboxId, changes, maxEntries));
  }

  listExpunged(accountId: string, filter: ExpungedFilter = {}): Promise<ExpungedMessage[]> {
    return this.#read(accountId, (account) => listExpunged(this.#db, account, filter));
  }

  restoreExpunged(accountId: string, ids: readonly number[], mailbox?: string): Promise<number> {
    return this.#write(accountId, (sql, account) => restoreExpunged(sql, account, ids, mailbox));
  }

  purgeExpunged(before: number): Promise<number> {
    return this.#gate.run(() => purgeExpunged(this.#db, before));
  }

  purgeVanished(before: number): Promise<number> {
    return this.#gate.run(() => purgeVanished(this.#db, before));
  }

  applyRetention(rules: readonly RetentionRule[], now: number): Promise<ReadonlyMap<string, number>> {
    return this.#gate.run(() => applyRetention(this.#db, rules, now));
  }

  raiseUidValidity(): Promise<void> {
    return this.#gate.run(() => raiseUidValidity(this.#db));
  }

  indexBacklog(): Promise<number> {
    return this.#gate.run(() => this.#indexer.backlog());
  }

  indexed(): Promise<void> {
    return this.#gate.run(() => this.#indexer.catchUp());
  }

  collectGarbage(): Promise<number> {
    return this.#gate.run(() => collectGarbage(this.#db, this.#objects));
  }

  async close(): Promise<void> {
    if (this.#gate.closed) return;
    await this.#gate.close();
    await this.#indexer.close();
    this.#objects.close();
    await this.#db.close();
  }

  #read<T>(accountId: string, work: (account: number) => Promise<T>): Promise<T> {
    return this.#gate.run(async () => work(await this.#accounts.id(accountId)));
  }

  #write<T>(accountId: string, work: (sql: Sql, account: number) => Promise<T>): Promise<T> {
    return this.#read(accountId, (account) => this.#db.transaction((sql) => work(sql, account)));
  }

  /** What brings new messages leaves work for the indexer. */
  async #adding<T>(work: () => Promise<T>): Promise<T> {
    const result = await this.#gate.run(work);
    this.#indexer.wake();
    return result;
  }

  #search(account: number, mailbox: number, key: StoreSearchKey, progress?: SearchProgress): Promise<SearchResult> {
    return search(this.#db, this.#objects, { account, mailbox, key, progress });
  }

  #transport(
    how: typeof copy,
    accountId: string,
    mailbox: number,
    uids: readonly number[],
    to: string | Target,
    quota: StoreQuota | undefined,
  ): Promise<CopyResult> {
    const { accountId: owner, name: target } = typeof to === 'string' ? { accountId, name: to } : to;
    return this.#adding(async () => {
      const ids = await this.#accounts.ids([accountId, owner]);
      const [account = 0, targetAccount = 0] = [ids.get(accountId), ids.get(owner)];
      return this.#db.transaction((sql) => how(sql, { account, mailbox, uids, targetAccount, target, quota }));
    });
  }

  #transfer(): StoreTransfer {
    const [db, objects, contents, gate] = [this.#db, this.#objects, this.#contents, this.#gate];
    return {
      accounts: () => gate.run(() => accountNames(db)),
      dumpAccount: (accountId) => gate.run(() => dumpAccount(db, accountId)),
      dumpMessages: (accountId, mailbox, afterUid, limit) =>
        gate.run(() => dumpMessages(db, objects, accountId, mailbox, afterUid, limit)),
      dumpDeliveries: (after, limit) => gate.run(() => dumpDeliveries(db, after, limit)),
      loadAccount: (account) => gate.run(() => loadAccount(db, account)),
      loadMessages: (accountId, mailbox, messages) =>
        gate.run(() => loadMessages(db, contents, accountId, mailbox, messages)),
      loadDeliveries: (keys) =>
        gate.run(async () =>
          loadDeliveries(db, keys, await this.#accounts.ids(keys.map(({ accountId }) => accountId))),
        ),
    };
  }
}
