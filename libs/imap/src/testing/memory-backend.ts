import { type MessageStructure, parseStructure } from '@postroad/message';
import type {
  CopyOutcome,
  FlagChange,
  FlaggedMessage,
  ImapAccount,
  ImapBackend,
  MailboxChanges,
  MailboxInfo,
  MailboxSnapshot,
  MessageData,
  SearchField,
} from '../backend.ts';

interface Row {
  uid: number;
  flags: string[];
  modseq: number;
  date: number;
  content: Buffer;
}

interface Box {
  id: number;
  name: string;
  uidNext: number;
  modseq: number;
  rows: Row[];
  vanished: { uid: number; modseq: number }[];
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A backend in memory, as simple as the interface allows: what the sessions of a test talk to, and the model they are held to. */
export class MemoryBackend implements ImapBackend, ImapAccount {
  readonly boxes = new Map<string, Box>();
  readonly subscriptions = new Set<string>();
  readonly #watchers = new Set<() => void>();
  #nextId = 1;

  constructor() {
    for (const name of ['INBOX', 'Sent']) this.#make(name);
  }

  authenticate(username: string, password: string): Promise<ImapAccount | null> {
    return Promise.resolve(username === 'user' && password === 'pass' ? this : null);
  }

  /** Files a message as a delivery would. */
  deliver(mailbox: string, content: Buffer, flags: readonly string[] = [], date = 0): number {
    const box = this.#box(mailbox);
    box.rows.push({ uid: box.uidNext++, flags: [...flags], modseq: ++box.modseq, date, content });
    this.#changed();
    return box.uidNext - 1;
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

  async create(name: string): Promise<void> {
    if (this.boxes.has(canonical(name))) throw failure('EXISTS');
    this.#make(canonical(name));
    return Promise.resolve();
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

  async changesSince(mailboxId: number, modseq: number): Promise<MailboxChanges> {
    const box = this.#byId(mailboxId);
    const messages = box.rows.filter((row) => row.modseq > modseq).map((row) => ({ ...row, flags: [...row.flags] }));
    const vanished = box.vanished.filter((row) => row.modseq > modseq).map((row) => row.uid);
    return Promise.resolve({ mailbox: this.#info(box), messages, vanished });
  }

  async *fetch(mailboxId: number, uids: readonly number[]): AsyncGenerator<MessageData> {
    for (const uid of uids) {
      await Promise.resolve();
      const row = this.#byId(mailboxId).rows.find((one) => one.uid === uid);
      if (row) yield data(row);
    }
  }

  async searchText(mailboxId: number, uids: readonly number[], field: SearchField, text: string): Promise<number[]> {
    const rows = this.#byId(mailboxId).rows.filter((row) => uids.includes(row.uid));
    const part = (row: Row): string => {
      const whole = row.content.toString().toLowerCase();
      const [header = '', ...body] = whole.split('\r\n\r\n');
      if (typeof field !== 'string')
        return header.split('\r\n').find((line) => line.startsWith(`${field.header}:`)) ?? '\0';
      return field === 'text' ? whole : body.join('\r\n\r\n');
    };
    return Promise.resolve(
      rows.filter((row) => part(row) !== '\0' && part(row).includes(text.toLowerCase())).map((row) => row.uid),
    );
  }

  async append(
    mailbox: string,
    message: { flags: readonly string[]; internalDate: number; content: AsyncIterable<Uint8Array> },
  ): Promise<{ uidValidity: number; uid: number }> {
    const chunks = [];
    for await (const chunk of message.content) chunks.push(chunk);
    const uid = this.deliver(mailbox, Buffer.concat(chunks), message.flags, message.internalDate);
    return { uidValidity: this.#box(mailbox).id, uid };
  }

  async copy(mailboxId: number, uids: readonly number[], target: string): Promise<CopyOutcome> {
    const box = this.#box(target);
    const rows = this.#byId(mailboxId).rows.filter((row) => uids.includes(row.uid));
    const made = rows.map((row) => this.deliver(target, row.content, row.flags, row.date));
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

  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  #make(name: string): void {
    this.boxes.set(name, { id: this.#nextId++, name, uidNext: 1, modseq: 1, rows: [], vanished: [] });
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

  #info({ id, name, uidNext, modseq, rows }: Box): MailboxInfo {
    return {
      id,
      name,
      specialUse: name === 'Sent' ? '\\Sent' : null,
      subscribed: this.subscriptions.has(name),
      uidValidity: id,
      uidNext,
      highestModseq: modseq,
      messages: rows.length,
      unseen: rows.filter((row) => !row.flags.includes('\\Seen')).length,
    };
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

function canonical(name: string): string {
  return /^inbox$/i.test(name) ? 'INBOX' : name;
}

function applyTo(row: Row, change: FlagChange, modseq: number): FlaggedMessage {
  const previousModseq = row.modseq;
  const before = new Set(row.flags);
  const next = new Set(change.mode === 'replace' ? [] : row.flags);
  for (const flag of change.flags) {
    if (change.mode === 'remove') next.delete(flag);
    else next.add(flag);
  }
  if (next.size !== before.size || [...next].some((flag) => !before.has(flag))) {
    row.flags = [...next];
    row.modseq = modseq;
  }
  return { uid: row.uid, flags: [...row.flags], modseq: row.modseq, previousModseq };
}

function data(row: Row): MessageData {
  return {
    uid: row.uid,
    flags: [...row.flags],
    modseq: row.modseq,
    internalDate: row.date,
    size: row.content.length,
    prefixSize: 0,
    structure: (): MessageStructure => parseStructure(row.content),

    async *read(start, end) {
      yield row.content.subarray(start, end);
    },
  };
}
