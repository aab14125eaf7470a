import type { MessageData } from '@postroad/imap';
import type { FetchedMessage } from '@postroad/mailstore';

export async function* messagesOf(fetched: AsyncIterable<FetchedMessage>): AsyncGenerator<MessageData> {
  for await (const message of fetched) yield new StoredMessage(message);
}

/** A message of the store as the IMAP server reads it. */
class StoredMessage implements MessageData {
  readonly #fetched: FetchedMessage;

  constructor(fetched: FetchedMessage) {
    this.#fetched = fetched;
  }

  get uid(): number {
    return this.#fetched.uid;
  }
  get flags(): readonly string[] {
    return this.#fetched.flags;
  }
  get modseq(): number {
    return this.#fetched.modseq;
  }
  get internalDate(): number {
    return this.#fetched.internalDate;
  }
  get savedAt(): number {
    return this.#fetched.savedAt;
  }
  get emailId(): string {
    return this.#fetched.emailId;
  }
  get threadId(): string {
    return this.#fetched.threadId;
  }
  get size(): number {
    return this.#fetched.size;
  }
  get prefixSize(): number {
    return this.#fetched.prefixSize;
  }
  get envelope(): Uint8Array {
    return this.#fetched.envelope ?? unasked('envelope');
  }
  get bodyStructure(): Uint8Array {
    return this.#fetched.bodyStructure ?? unasked('body structure');
  }
  get preview(): string {
    return this.#fetched.preview ?? unasked('preview');
  }

  get inline(): Uint8Array | null {
    return this.#fetched.bytes?.inline ?? null;
  }

  structure(): ReturnType<MessageData['structure']> {
    const json = this.#fetched.structure ?? unasked('structure');
    return JSON.parse(json) as ReturnType<MessageData['structure']>;
  }

  read(start: number, end: number): AsyncIterable<Uint8Array> {
    return (this.#fetched.bytes ?? unasked('content')).read(start, end);
  }
}

function unasked(what: string): never {
  throw new Error(`the ${what} was not asked for`);
}
