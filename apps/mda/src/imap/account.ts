import type { Account, Revocation } from '@postroad/directory';
import type {
  AclLine,
  AnnotationValue,
  BackendSearchKey,
  CopyOutcome,
  FetchWant,
  FlagChange,
  FlaggedMessage,
  ImapAccount,
  IncomingMessage,
  MailboxChanges,
  MailboxInfo,
  MailboxSnapshot,
  MessageColumns,
  MessageData,
  QuotaState,
  SearchResult,
  SortCriterion,
  ThreadNode,
  WirePage,
  WireWant,
} from '@postroad/imap';
import type { StoreQuota } from '@postroad/mailstore';
import { readAcl, writeAcl } from './acl.ts';
import { annotationsOf, changeAnnotations } from './annotations.ts';
import { appendItems } from './append.ts';
import { storeFlagsWithin } from './flags.ts';
import { Mailboxes, type Place } from './mailboxes.ts';
import { OTHERS } from './names.ts';
import { quotaState } from './quota.ts';
import { coded, demand } from './rights.ts';
import { messagesOf } from './stored-message.ts';
import type { StoreAccountDeps } from './types.ts';

/** What a session hears before it ends. */
const REVOKED: Readonly<Record<Revocation, string>> = {
  gone: 'this account was removed or suspended',
  password: 'the password was changed, sign in again',
};

type Replaced = Parameters<ImapAccount['append']>[2];

/**
 * One person's mail as the IMAP server sees it: own mailboxes, and those of others with the rights given (RFC 4314). Rights are
 * looked up at every use of another's mailbox, so that taking them away counts at once.
 */
export class StoreAccount implements ImapAccount {
  readonly address: string;
  readonly namespaces = { personal: [''], others: [OTHERS], shared: [] };
  readonly #deps: StoreAccountDeps;
  readonly #id: string;
  readonly #mailboxes: Mailboxes;
  /** Whose hints are listened to besides our own, once `watch` was called. */
  readonly #watched = new Map<string, () => void>();
  #callback: (() => void) | null = null;

  constructor(deps: StoreAccountDeps, account: Account) {
    this.#deps = deps;
    this.#id = account.id;
    this.address = account.address;
    this.#mailboxes = new Mailboxes(deps, account);
  }

  listMailboxes(): Promise<MailboxInfo[]> {
    return this.#mailboxes.list();
  }

  listSubscriptions(): Promise<string[]> {
    return this.#deps.store.listSubscriptions(this.#id);
  }

  mailbox(name: string): Promise<MailboxInfo | null> {
    return this.#mailboxes.named(name);
  }

  async create(name: string, specialUse?: string): Promise<MailboxInfo> {
    const { owner, info } = await this.#mailboxes.create(name, specialUse);
    this.#deps.hints.publish(owner);
    return info;
  }

  async remove(name: string): Promise<void> {
    const place = await this.#mailboxes.place(name, 'x');
    await this.#changing(place.owner, this.#deps.store.deleteMailbox(place.owner, place.name));
  }

  async rename(from: string, to: string): Promise<void> {
    this.#deps.hints.publish(await this.#mailboxes.rename(from, to));
  }

  subscribe(name: string, on: boolean): Promise<void> {
    return this.#changing(this.#id, this.#deps.store.subscribe(this.#id, name, on));
  }

  async snapshot(mailboxId: number): Promise<MailboxSnapshot> {
    const { owner, rights } = await this.#mailboxes.at(mailboxId, 'r');
    this.#listen(owner);
    const snapshot = await this.#deps.store.snapshot(owner, mailboxId);
    return { ...snapshot, mailbox: this.#mailboxes.info(owner, snapshot.mailbox, rights) };
  }

  async claimRecent(mailboxId: number): Promise<number> {
    const { owner } = await this.#mailboxes.at(mailboxId, 'r');
    return this.#deps.store.claimRecent(owner, mailboxId);
  }

  async changesSince(mailboxId: number, modseq: number): Promise<MailboxChanges> {
    const { owner, rights } = await this.#mailboxes.at(mailboxId, 'r');
    const changes = await this.#deps.store.changesSince(owner, mailboxId, modseq);
    return { ...changes, mailbox: this.#mailboxes.info(owner, changes.mailbox, rights) };
  }

  async columns(mailboxId: number, wanted: number): Promise<MessageColumns | null> {
    const { owner } = await this.#mailboxes.at(mailboxId, 'r');
    return (await this.#deps.store.columns?.(owner, mailboxId, wanted)) ?? null;
  }

  async *wire(mailboxId: number, uids: readonly number[], want: WireWant): AsyncGenerator<WirePage> {
    const { owner } = await this.#mailboxes.at(mailboxId, 'r');
    const { store } = this.#deps;
    // asked for by sessions that were given columns: a store that has these has both
    if (!store.wire) throw new Error('the store has no ready forms');
    yield* store.wire(owner, mailboxId, uids, want);
  }

  async *fetch(mailboxId: number, uids: readonly number[], want: FetchWant): AsyncGenerator<MessageData> {
    const { owner } = await this.#mailboxes.at(mailboxId, 'r');
    yield* messagesOf(this.#deps.store.fetch(owner, mailboxId, uids, want));
  }

  async search(
    mailboxId: number,
    key: BackendSearchKey,
    progress?: (done: number, of: number) => void,
  ): Promise<SearchResult> {
    const { owner } = await this.#mailboxes.at(mailboxId, 'r');
    return this.#deps.store.search(owner, mailboxId, key, progress);
  }

  async sort(mailboxId: number, key: BackendSearchKey, criteria: readonly SortCriterion[]): Promise<SearchResult> {
    const { owner } = await this.#mailboxes.at(mailboxId, 'r');
    return this.#deps.store.sort(owner, mailboxId, key, criteria);
  }

  async thread(
    mailboxId: number,
    key: BackendSearchKey,
    algorithm: 'references' | 'orderedsubject',
  ): Promise<readonly ThreadNode[]> {
    const { owner } = await this.#mailboxes.at(mailboxId, 'r');
    return this.#deps.store.thread(owner, mailboxId, key, algorithm);
  }

  async append(
    mailbox: string,
    messages: AsyncIterable<IncomingMessage>,
    replaces?: Replaced,
  ): Promise<{ uidValidity: number; uids: number[] }> {
    const target = await this.#mailboxes.place(mailbox, 'i');
    if (replaces) await this.#mailboxes.at(replaces.mailboxId, 'te');
    const items = appendItems(messages, target.rights);
    const quota = await this.#quota(target.owner);
    const done = await this.#changing(
      target.owner,
      this.#deps.store.append(target.owner, target.name, items, quota, replaces),
    );
    const [first] = done;
    if (!first) throw coded('INVALID', 'no message to append');
    return { uidValidity: first.uidValidity, uids: done.map(({ uid }) => uid) };
  }

  async copy(mailboxId: number, uids: readonly number[], target: string): Promise<CopyOutcome> {
    const from = await this.#mailboxes.at(mailboxId, 'r');
    const to = await this.#mailboxes.place(target, 'i');
    const quota = await this.#quota(to.owner);
    const goal = { accountId: to.owner, name: to.name };
    return this.#changing(to.owner, this.#deps.store.copy(from.owner, mailboxId, uids, goal, quota));
  }

  async move(mailboxId: number, uids: readonly number[], target: string): Promise<CopyOutcome> {
    const from = await this.#mailboxes.at(mailboxId, 'rte');
    const to = await this.#mailboxes.place(target, 'i');
    const goal = { accountId: to.owner, name: to.name };
    const quota = from.owner === to.owner ? undefined : await this.#quota(to.owner);
    const outcome = await this.#changing(from.owner, this.#deps.store.move(from.owner, mailboxId, uids, goal, quota));
    if (to.owner !== from.owner) this.#deps.hints.publish(to.owner);
    return outcome;
  }

  async storeFlags(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
  ): Promise<{ messages: readonly FlaggedMessage[]; refused: readonly number[] }> {
    const { owner, rights } = await this.#mailboxes.at(mailboxId, 'r');
    const result = await storeFlagsWithin(this.#deps.store, { owner, mailboxId, rights }, uids, change);
    if (result.messages.some((message) => message.modseq !== message.previousModseq)) this.#deps.hints.publish(owner);
    return result;
  }

  async expunge(mailboxId: number, uids?: readonly number[]): Promise<readonly number[]> {
    const { owner } = await this.#mailboxes.at(mailboxId, 'e');
    const gone = await this.#deps.store.expunge(owner, mailboxId, uids);
    if (gone.length > 0) this.#deps.hints.publish(owner);
    return gone;
  }

  async acl(mailbox: string): Promise<AclLine[]> {
    return readAcl(this.#deps, await this.#mailboxes.place(mailbox, 'a'));
  }

  async setAcl(mailbox: string, identifier: string, rights: string): Promise<void> {
    const place = await this.#mailboxes.place(mailbox, 'a');
    await this.#changing(place.owner, writeAcl(this.#deps, place, identifier, rights));
  }

  async quotaOf(mailbox: string): Promise<QuotaState[]> {
    const place = await this.#mailboxes.place(mailbox, 'r');
    // how full somebody else's account is, is theirs to know
    return place.owner === this.#id ? [await quotaState(this.#deps, this.#id)] : [];
  }

  async quota(root: string): Promise<QuotaState | null> {
    return root === '' ? quotaState(this.#deps, this.#id) : null;
  }

  async annotations(mailbox: string | null): Promise<AnnotationValue[]> {
    return annotationsOf(this.#deps.store, this.#id, mailbox === null ? null : await this.#annotated(mailbox));
  }

  async annotate(mailbox: string | null, changes: readonly AnnotationValue[]): Promise<void> {
    const place = mailbox === null ? null : await this.#annotated(mailbox);
    await this.#changing(place?.owner ?? this.#id, changeAnnotations(this.#deps.store, this.#id, place, changes));
  }

  /** RFC 5464 §3.3: reading needs `l` and one of `r s w i p`. */
  async #annotated(mailbox: string): Promise<Place> {
    const place = await this.#mailboxes.place(mailbox, 'l');
    if (!/[rswip]/.test(place.rights)) demand(place.rights, 'r');
    return place;
  }

  watch(callback: () => void, revoked: (why: string) => void): () => void {
    this.#callback = callback;
    this.#listen(this.#id);
    const stop = this.#deps.directory.onRevoked(this.#id, (why) => {
      revoked(REVOKED[why]);
    });
    return () => {
      stop();
      this.#callback = null;
      for (const stop of this.#watched.values()) stop();
      this.#watched.clear();
    };
  }

  #listen(owner: string): void {
    if (this.#callback === null || this.#watched.has(owner)) return;
    this.#watched.set(
      owner,
      this.#deps.hints.subscribe(owner, () => this.#callback?.()),
    );
  }

  /** Tells the other sessions, wherever they are, once a change is in the store. */
  async #changing<T>(owner: string, work: Promise<T>): Promise<T> {
    const result = await work;
    this.#deps.hints.publish(owner);
    return result;
  }

  /** As it is now, not as it was at login. */
  async #quota(owner: string): Promise<StoreQuota | undefined> {
    return (await this.#deps.directory.account(owner))?.quota;
  }
}
