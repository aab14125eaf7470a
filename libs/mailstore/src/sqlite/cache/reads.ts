import type { AclEntry, Mailbox, MailboxChanges, MailboxSnapshot, MessageColumns, SearchResult } from '../../types.ts';
import { Retry } from '../client.ts';
import type { SortRequest } from '../protocol.ts';
import type { Workers } from '../workers.ts';
import type { Answers } from './answers.ts';
import { ColumnsCache } from './columns.ts';

/**
 * Columns are read for mailboxes of so many messages at most, and for a few messages of many only when it was asked for so often that
 * reading all would have been as cheap: a message out of the columns costs a sixteenth of one that is fetched.
 */
const MAX_COLUMNS = 500_000;
const CHEAPER = 16;
/** Mailboxes of which is known how much of them was asked for. */
const MAX_ASKED = 10_000;
/** Longest question whose answer is kept. */
const MAX_NAME = 2000;

/** What sessions ask again and again: answered by what is known where nothing was written since. */
export class Reads {
  readonly #workers: Workers;
  readonly #answers: Answers;
  readonly #columns = new ColumnsCache();
  /** Messages asked for by mailbox, while its columns are not at hand. */
  readonly #asked = new Map<number, number>();

  constructor(workers: Workers, answers: Answers) {
    this.#workers = workers;
    this.#answers = answers;
  }

  /** An account appears at first use: a reader that misses it has the writer make it. */
  async making<T>(account: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Retry && error.code === 'NO_ACCOUNT')) throw error;
      await this.#workers.writer.call('account', account);
      return read();
    }
  }

  mailbox(account: string, name: string): Promise<Mailbox | null> {
    return this.#ask(account, `name ${name}`, () => this.#workers.reader.call('mailbox', { account, name }));
  }

  mailboxById(account: string, mailbox: number): Promise<Mailbox> {
    return this.#ask(account, `box ${String(mailbox)}`, () =>
      this.#workers.reader.call('mailboxById', { account, mailbox }),
    );
  }

  acl(account: string, mailbox: number): Promise<AclEntry[]> {
    return this.#ask(account, `acl ${String(mailbox)}`, () => this.#workers.reader.call('acl', { account, mailbox }));
  }

  snapshot(account: string, mailbox: number): Promise<MailboxSnapshot> {
    const read = (): Promise<MailboxSnapshot> => this.#workers.reader.call('snapshot', { account, mailbox });
    return this.#ask(account, `all ${String(mailbox)}`, read, ({ uids }) => uids.length);
  }

  async changesSince(account: string, mailbox: number, modseq: number): Promise<MailboxChanges> {
    const known = await this.#answers.known<Mailbox>(account, `box ${String(mailbox)}`);
    if (known && modseq >= known.highestModseq) return { mailbox: known, messages: [], vanished: [], complete: true };
    const read = (): Promise<MailboxChanges> => this.#workers.reader.call('changesSince', { account, mailbox, modseq });
    const key = `since ${String(mailbox)} ${String(modseq)}`;
    return this.#ask(account, key, read, ({ messages, vanished }) => 16 * messages.length + vanished.length);
  }

  async columns(account: string, mailbox: number, wanted: number): Promise<MessageColumns | null> {
    const { messages } = await this.mailboxById(account, mailbox);
    if (messages > MAX_COLUMNS || !this.#isWorth(mailbox, wanted, messages)) return null;
    const read = (): Promise<MessageColumns> =>
      this.#columns.update(mailbox, (since) => this.#workers.reader.call('columns', { account, mailbox, since }));
    return this.#answers.ask(account, `columns ${String(mailbox)}`, read);
  }

  #isWorth(mailbox: number, wanted: number, messages: number): boolean {
    if (this.#columns.get(mailbox)) return true;
    const asked = (this.#asked.get(mailbox) ?? 0) + wanted;
    this.#asked.delete(mailbox);
    if (asked * CHEAPER >= messages) return true;
    if (this.#asked.size >= MAX_ASKED) this.#asked.clear();
    this.#asked.set(mailbox, asked);
    return false;
  }

  /** An order is asked for again when somebody turns a page of it, or by every client that shows it. */
  sort(request: SortRequest): Promise<SearchResult> {
    const { account, mailbox, key, criteria } = request;
    const read = (): Promise<SearchResult> => this.#workers.searcher.call('sort', request);
    const name = `sort ${String(mailbox)} ${JSON.stringify([criteria, key])}`;
    if (name.length > MAX_NAME) return this.making(account, read);
    return this.#ask(account, name, read, ({ uids }) => uids.length);
  }

  /** Messages came in with a MODSEQ of their own. */
  forgetColumns(): void {
    this.#columns.clear();
  }

  #ask<T>(account: string, key: string, read: () => Promise<T>, weigh?: (answer: T) => number): Promise<T> {
    return this.#answers.ask(account, key, () => this.making(account, read), weigh);
  }
}
