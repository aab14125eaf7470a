import type { Account, DirectoryReader } from '@postroad/directory';
import type { CopyOutcome, FlagChange, ImapAccount, ImapBackend, MessageData, SearchField } from '@postroad/imap';
import type { FetchedMessage, MailStore, StoreQuota } from '@postroad/mailstore';
import type { ChangeHints } from './types.ts';

/** The IMAP server's view of directory and store. */
export class StoreBackend implements ImapBackend {
  readonly #store: MailStore;
  readonly #directory: Pick<DirectoryReader, 'authenticate'>;
  readonly #hints: ChangeHints;

  constructor(store: MailStore, directory: Pick<DirectoryReader, 'authenticate'>, hints: ChangeHints) {
    this.#store = store;
    this.#directory = directory;
    this.#hints = hints;
  }

  async authenticate(username: string, password: string): Promise<ImapAccount | null> {
    const account = await this.#directory.authenticate(username, password).catch((error: unknown) => {
      const { code } = error as { code?: unknown };
      throw code === 'DIRECTORY_UNAVAILABLE'
        ? Object.assign(new Error('no directory'), { code: 'UNAVAILABLE' })
        : error;
    });
    return account && storeAccount(this.#store, this.#hints, account);
  }
}

function storeAccount(store: MailStore, hints: ChangeHints, { id, quota }: Account): ImapAccount {
  const limits: StoreQuota = quota;
  /** Tells the other sessions of this account, wherever they are, once a change is in the store. */
  const changing = async <T>(work: Promise<T>, didChange: (result: T) => boolean = () => true): Promise<T> => {
    const result = await work;
    if (didChange(result)) hints.publish(id);
    return result;
  };
  return {
    listMailboxes: () => store.listMailboxes(id),
    listSubscriptions: () => store.listSubscriptions(id),
    mailbox: (name) => store.mailbox(id, name),
    create: async (name) => void (await changing(store.createMailbox(id, name))),
    remove: (name) => changing(store.deleteMailbox(id, name)),
    rename: (from, to) => changing(store.renameMailbox(id, from, to)),
    subscribe: (name, on) => store.subscribe(id, name, on),
    snapshot: (mailboxId) => store.snapshot(id, mailboxId),
    changesSince: (mailboxId, modseq) => store.changesSince(id, mailboxId, modseq),
    fetch: (mailboxId, uids, want) => messages(store.fetch(id, mailboxId, uids, want)),
    searchText: (mailboxId, uids, field: SearchField, text) => store.searchText(id, mailboxId, uids, field, text),
    append: async (mailbox, message) => {
      const [appended] = await changing(store.append(id, mailbox, [message], limits));
      if (!appended) throw new Error('the store appended nothing');
      return appended;
    },
    copy: (mailboxId, uids, target): Promise<CopyOutcome> => changing(store.copy(id, mailboxId, uids, target, limits)),
    move: (mailboxId, uids, target): Promise<CopyOutcome> => changing(store.move(id, mailboxId, uids, target)),
    storeFlags: (mailboxId, uids, change: FlagChange) =>
      changing(store.storeFlags(id, mailboxId, uids, change), ({ messages }) =>
        messages.some(({ modseq, previousModseq }) => modseq !== previousModseq),
      ),
    expunge: (mailboxId, uids) => changing(store.expunge(id, mailboxId, uids), (gone) => gone.length > 0),
    watch: (callback) => hints.subscribe(id, callback),
  };
}

async function* messages(fetched: AsyncIterable<FetchedMessage>): AsyncGenerator<MessageData> {
  for await (const message of fetched) yield new StoredMessage(message);
}

class StoredMessage implements MessageData {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly modseq: number;
  readonly internalDate: number;
  readonly size: number;
  readonly prefixSize: number;
  readonly #fetched: FetchedMessage;

  constructor(fetched: FetchedMessage) {
    this.#fetched = fetched;
    this.uid = fetched.uid;
    this.flags = fetched.flags;
    this.modseq = fetched.modseq;
    this.internalDate = fetched.internalDate;
    this.size = fetched.size;
    this.prefixSize = fetched.prefixSize;
  }

  structure(): ReturnType<MessageData['structure']> {
    if (this.#fetched.structure === undefined) throw new Error('the structure was not asked for');
    return JSON.parse(this.#fetched.structure) as ReturnType<MessageData['structure']>;
  }

  read(start: number, end: number): AsyncIterable<Uint8Array> {
    if (!this.#fetched.bytes) throw new Error('the content was not asked for');
    return this.#fetched.bytes.read(start, end);
  }
}
