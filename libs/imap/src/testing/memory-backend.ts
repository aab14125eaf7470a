import type {
  AclLine,
  AnnotationValue,
  BackendSearchKey,
  CopyOutcome,
  FlagChange,
  FlaggedMessage,
  ImapAccount,
  ImapBackend,
  IncomingMessage,
  MailboxChanges,
  MailboxInfo,
  MailboxSnapshot,
  MessageColumns,
  MessageData,
  Namespaces,
  QuotaState,
  SearchResult,
  SortCriterion,
  ThreadNode,
  WirePage,
  WireWant,
} from '../backend.ts';
import { applyTo, type Box, canonical, columnsOf, data, infoOf, resultOf, wireOf } from './memory-box.ts';
import { matches, type Row, sortRows, threadRows } from './memory-search.ts';

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A backend in memory, as simple as the interface allows: what the sessions of a test talk to, and the model they are held to. */
export class MemoryBackend implements ImapBackend, ImapAccount {
  readonly address = 'user@x.test';
  readonly boxes = new Map<string, Box>();
  readonly subscriptions = new Set<string>();
  namespaces: Namespaces = { personal: [''], others: [], shared: [] };
  readonly #watchers = new Set<() => void>();
  readonly #annotations = new Map<string, Map<string, Uint8Array>>();
  #nextId = 1;
  #nextEmail = 1;

  constructor() {
    this.#make('INBOX');
    this.#make('Sent', '\\Sent');
  }

  authenticate(username: string, password: string): Promise<ImapAccount | null> {
    return Promise.resolve(username === 'user' && password === 'pass' ? this : null);
  }

  /** Files a message as a delivery would. */
  deliver(mailbox: string, content: Buffer, flags: readonly string[] = [], date = 0, emailId?: string): number {
    const box = this.#box(mailbox);
    const id = emailId ?? `M${String(this.#nextEmail++)}`;
    const threadId = id.replace('M', 'T');
    const uid = box.uidNext++;
    const fields = { uid, flags: [...flags], modseq: ++box.modseq, date, savedAt: Date.now() };
    box.rows.push({ ...fields, emailId: id, threadId, content });
    this.#changed();
    return uid;
  }

  /** As a store that keeps what vanished for a limited time. */
  forgetVanished(mailbox: string): void {
    const box = this.#box(mailbox);
    box.vanished = [];
    box.forgottenTo = box.modseq;
  }

  listMailboxes(): Promise<MailboxInfo[]> {
    return Promise.resolve([...this.boxes.values()].map((box) => this.#info(box)));
  }

  listSubscriptions(): Promise<string[]> {
    return Promise.resolve([...this.subscriptions]);
  }

  mailbox(name: string): Promise<MailboxInfo | null> {
    const box = this.boxes.get(canonical(name));
    return Promise.resolve(box ? this.#info(box) : null);
  }

  async create(name: string, specialUse?: string): Promise<MailboxInfo> {
    if (this.boxes.has(canonical(name))) throw failure('EXISTS');
    const box = this.#make(canonical(name), specialUse);
    this.#changed();
    return Promise.resolve(this.#info(box));
  }

  async remove(name: string): Promise<void> {
    if (!this.boxes.delete(canonical(name))) throw failure('NOT_FOUND');
    this.#changed();
    return Promise.resolve();
  }

  async rename(from: string, to: string): Promise<void> {
    const box = this.#box(from);
    this.boxes.delete(box.name);
    box.name = canonical(to);
    this.boxes.set(box.name, box);
    this.#changed();
    return Promise.resolve();
  }

  subscribe(name: string, on: boolean): Promise<void> {
    if (on) this.subscriptions.add(canonical(name));
    else this.subscriptions.delete(canonical(name));
    return Promise.resolve();
  }

  async snapshot(mailboxId: number): Promise<MailboxSnapshot> {
    const box = this.#byId(mailboxId);
    const keywords = [...new Set(box.rows.flatMap((row) => row.flags.filter((flag) => !flag.startsWith('\\'))))];
    const uids = Uint32Array.from(box.rows, (row) => row.uid);
    const firstUnseen = box.rows.findIndex((row) => !row.flags.includes('\\Seen')) + 1;
    return Promise.resolve({ mailbox: this.#info(box), uids, firstUnseen, keywords });
  }

  claimRecent(mailboxId: number): Promise<number> {
    const box = this.#byId(mailboxId);
    const from = box.recentFrom;
    box.recentFrom = box.uidNext;
    return Promise.resolve(from);
  }

  async changesSince(mailboxId: number, modseq: number): Promise<MailboxChanges> {
    const box = this.#byId(mailboxId);
    const messages = box.rows.filter((row) => row.modseq > modseq).map((row) => ({ ...row, flags: [...row.flags] }));
    const vanished = box.vanished.filter((row) => row.modseq > modseq).map((row) => row.uid);
    const complete = modseq >= box.forgottenTo;
    return Promise.resolve({ mailbox: this.#info(box), messages, vanished, complete });
  }

  columns(mailboxId: number): Promise<MessageColumns> {
    return Promise.resolve(columnsOf(this.#byId(mailboxId).rows));
  }

  async *wire(mailboxId: number, uids: readonly number[], want: WireWant): AsyncGenerator<WirePage> {
    // in pages of three, so that a test of few messages has several
    for (let at = 0; at < uids.length; at += 3) {
      await Promise.resolve();
      const some = uids.slice(at, at + 3);
      yield wireOf(
        this.#byId(mailboxId).rows.filter(({ uid }) => some.includes(uid)),
        want,
      );
    }
  }

  async *fetch(mailboxId: number, uids: readonly number[]): AsyncGenerator<MessageData> {
    for (const uid of uids) {
      await Promise.resolve();
      const row = this.#byId(mailboxId).rows.find((one) => one.uid === uid);
      if (row) yield data(row);
    }
  }

  search(mailboxId: number, key: BackendSearchKey): Promise<SearchResult> {
    return Promise.resolve(resultOf(this.#matching(mailboxId, key)));
  }

  sort(mailboxId: number, key: BackendSearchKey, criteria: readonly SortCriterion[]): Promise<SearchResult> {
    return Promise.resolve(resultOf(sortRows(this.#matching(mailboxId, key), criteria)));
  }

  thread(
    mailboxId: number,
    key: BackendSearchKey,
    algorithm: 'references' | 'orderedsubject',
  ): Promise<readonly ThreadNode[]> {
    return Promise.resolve(threadRows(this.#matching(mailboxId, key), algorithm));
  }

  #matching(mailboxId: number, key: BackendSearchKey): Row[] {
    return this.#byId(mailboxId).rows.filter((row) => matches(row, key));
  }

  async append(
    mailbox: string,
    messages: AsyncIterable<IncomingMessage>,
    replaces?: { readonly mailboxId: number; readonly uid: number },
  ): Promise<{ uidValidity: number; uids: number[] }> {
    const taken: { message: IncomingMessage; content: Buffer }[] = [];
    for await (const message of messages) {
      const chunks = [];
      for await (const chunk of message.content) chunks.push(chunk);
      taken.push({ message, content: Buffer.concat(chunks) });
    }
    const uids = taken.map(({ message, content }) =>
      this.deliver(mailbox, content, message.flags, message.internalDate),
    );
    if (replaces) this.#drop(this.#byId(replaces.mailboxId), new Set([replaces.uid]));
    return { uidValidity: this.#box(mailbox).id, uids };
  }

  async copy(mailboxId: number, uids: readonly number[], target: string): Promise<CopyOutcome> {
    const box = this.#box(target);
    const rows = this.#byId(mailboxId).rows.filter((row) => uids.includes(row.uid));
    const made = rows.map((row) => this.deliver(target, row.content, row.flags, row.date, row.emailId));
    return Promise.resolve({ uidValidity: box.id, source: rows.map((row) => row.uid), target: made });
  }

  async move(mailboxId: number, uids: readonly number[], target: string): Promise<CopyOutcome> {
    const outcome = await this.copy(mailboxId, uids, target);
    this.#drop(this.#byId(mailboxId), new Set(outcome.source));
    return outcome;
  }

  async storeFlags(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
  ): Promise<{ messages: FlaggedMessage[]; refused: number[] }> {
    const box = this.#byId(mailboxId);
    if (!/[stw]/.test(box.rights)) throw failure('NO_PERMISSION');
    const rows = box.rows.filter((row) => uids.includes(row.uid));
    const refused = rows.filter((row) => row.modseq > (change.unchangedSince ?? Infinity)).map((row) => row.uid);
    const modseq = box.modseq + 1;
    const messages = rows.flatMap((row) => (refused.includes(row.uid) ? [] : [applyTo(row, change, modseq)]));
    if (messages.some((message) => message.modseq === modseq)) box.modseq = modseq;
    this.#changed();
    return Promise.resolve({ messages, refused });
  }

  async expunge(mailboxId: number, uids?: readonly number[]): Promise<number[]> {
    const box = this.#byId(mailboxId);
    const gone = box.rows.filter((row) => row.flags.includes('\\Deleted') && (!uids || uids.includes(row.uid)));
    this.#drop(box, new Set(gone.map((row) => row.uid)));
    return Promise.resolve(gone.map((row) => row.uid));
  }

  acl(mailbox: string): Promise<AclLine[]> {
    return Promise.resolve([{ identifier: this.address, rights: this.#box(mailbox).rights }]);
  }

  async setAcl(mailbox: string, identifier: string, rights: string): Promise<void> {
    const box = this.#box(mailbox);
    if (identifier === this.address) box.rights = rights;
    return Promise.resolve();
  }

  async quotaOf(mailbox: string): Promise<QuotaState[]> {
    this.#box(mailbox);
    return Promise.resolve([this.#quota()]);
  }

  quota(root: string): Promise<QuotaState | null> {
    return Promise.resolve(root === 'account' ? this.#quota() : null);
  }

  #quota(): QuotaState {
    const rows = [...this.boxes.values()].flatMap((box) => box.rows);
    const usage = rows.reduce((sum, row) => sum + row.content.length, 0);
    return { root: 'account', storage: { usage, limit: 1 << 20 }, messages: { usage: rows.length, limit: null } };
  }

  async annotations(mailbox: string | null): Promise<AnnotationValue[]> {
    if (mailbox !== null) this.#box(mailbox);
    const values = this.#annotations.get(mailbox ?? '') ?? new Map<string, Uint8Array>();
    return Promise.resolve([...values].map(([entry, value]) => ({ entry, value })));
  }

  async annotate(mailbox: string | null, changes: readonly AnnotationValue[]): Promise<void> {
    if (mailbox !== null) this.#box(mailbox);
    const values = this.#annotations.get(mailbox ?? '') ?? new Map<string, Uint8Array>();
    this.#annotations.set(mailbox ?? '', values);
    for (const { entry, value } of changes) {
      if (value) values.set(entry, value);
      else values.delete(entry);
    }
    return Promise.resolve();
  }

  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  #make(name: string, specialUse: string | null = null): Box {
    const counters = { uidNext: 1, modseq: 1, recentFrom: 1, forgottenTo: 0 };
    const box = { id: this.#nextId++, name, specialUse, rights: 'lrswipkxtea', ...counters, rows: [], vanished: [] };
    this.boxes.set(name, box);
    return box;
  }

  #box(name: string): Box {
    const box = this.boxes.get(canonical(name));
    if (!box) throw failure('NOT_FOUND');
    return box;
  }

  #byId(id: number): Box {
    for (const box of this.boxes.values()) if (box.id === id) return box;
    throw failure('NOT_FOUND');
  }

  #info(box: Box): MailboxInfo {
    return infoOf(box, this.subscriptions.has(box.name));
  }

  #drop(box: Box, uids: ReadonlySet<number>): void {
    if (uids.size === 0) return;
    const modseq = ++box.modseq;
    box.rows = box.rows.filter((row) => !uids.has(row.uid));
    for (const uid of uids) box.vanished.push({ uid, modseq });
    this.#changed();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
