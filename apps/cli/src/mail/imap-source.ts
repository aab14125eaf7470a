import type { ImapFlow } from 'imapflow';
import { toCrlf } from './line-ends.ts';
import type { MailFolder, MailMessage, MailSource } from './types.ts';

/** Octets of messages asked for at once, and how many. */
const PAGE_OCTETS = 8 << 20;
const PAGE = 200;

/** Another IMAP server, or ours. Nothing is changed there: folders are opened for reading, nothing becomes `\Seen`. */
export class ImapSource implements MailSource {
  readonly #client: ImapFlow;
  readonly #paths = new Map<string, string>();
  readonly #skip: (name: string) => boolean;

  constructor(client: ImapFlow, skip: (name: string) => boolean = () => false) {
    this.#client = client;
    this.#skip = skip;
  }

  async folders(): Promise<MailFolder[]> {
    const folders: MailFolder[] = [];
    for (const { path, delimiter, flags, specialUse } of await this.#client.list()) {
      // RFC 6154 §2: folders that only show what is elsewhere would bring everything twice
      if (flags.has('\\Noselect') || flags.has('\\NonExistent') || ['\\All', '\\Flagged'].includes(specialUse ?? ''))
        continue;
      const name = delimiter === '' || delimiter === '/' ? path : path.replaceAll('/', '_').replaceAll(delimiter, '/');
      if (this.#skip(name)) continue;
      const status = await this.#client.status(path, { messages: true, uidValidity: true });
      this.#paths.set(name, path);
      folders.push({
        name,
        count: Number(status && status.messages),
        generation: String(status && status.uidValidity),
      });
    }
    return folders;
  }

  async *messages(folder: MailFolder, after: string | null): AsyncGenerator<MailMessage> {
    const lock = await this.#client.getMailboxLock(this.#paths.get(folder.name) ?? folder.name, { readOnly: true });
    try {
      for (const page of pages(await this.#sizes(after === null ? 1 : Number(after) + 1))) yield* this.#fetch(page);
    } finally {
      lock.release();
    }
  }

  /** UIDs and sizes of what is left, ascending. */
  async #sizes(from: number): Promise<{ uid: number; size: number }[]> {
    const mailbox = this.#client.mailbox;
    if (mailbox === false || mailbox.exists === 0) return [];
    const found: { uid: number; size: number }[] = [];
    for await (const { uid, size = 0 } of this.#client.fetch(
      `${String(from)}:*`,
      { uid: true, size: true },
      { uid: true },
    ))
      // `n:*` names the last message even when it is below n (RFC 9051 §9)
      if (uid >= from) found.push({ uid, size });
    return found.sort((a, b) => a.uid - b.uid);
  }

  async *#fetch(uids: readonly number[]): AsyncGenerator<MailMessage> {
    const query = { uid: true, flags: true, internalDate: true, source: true };
    const messages = await this.#client.fetchAll(uids.join(','), query, { uid: true });
    for (const { uid, flags, internalDate, source } of messages.sort((a, b) => a.uid - b.uid)) {
      if (!source) continue;
      yield {
        key: String(uid).padStart(10, '0'),
        octets: toCrlf(source),
        flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent'),
        date: new Date(internalDate ?? 0).getTime(),
      };
    }
  }

  async close(): Promise<void> {
    await this.#client.logout().catch(() => undefined);
  }
}

function* pages(messages: readonly { uid: number; size: number }[]): Generator<number[]> {
  let page: number[] = [];
  let octets = 0;
  for (const { uid, size } of messages) {
    if (page.length > 0 && (page.length >= PAGE || octets + size > PAGE_OCTETS)) {
      yield page;
      page = [];
      octets = 0;
    }
    page.push(uid);
    octets += size;
  }
  if (page.length > 0) yield page;
}
