import { packFlags } from '../flags.ts';
import type { ContentSource, DeliveryItem, MessageDump } from '../types.ts';
import { StoreError } from '../types.ts';
import type { ContentFiles } from './files.ts';
import type { ContentRef, DeliverRequest, DeliverRow, LoadRequest, LoadRow } from './protocol.ts';

/** Octets gathered into one buffer, which crosses to the worker without another copy. */
export class Gather {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  add(piece: Uint8Array): number {
    const offset = this.#size;
    this.#pieces.push(piece);
    this.#size += piece.length;
    return offset;
  }

  get size(): number {
    return this.#size;
  }

  join(): ArrayBuffer {
    const buffer = new ArrayBuffer(this.#size);
    const view = new Uint8Array(buffer);
    let at = 0;
    for (const piece of this.#pieces) {
      view.set(piece, at);
      at += piece.length;
    }
    return buffer;
  }
}

export interface PackTools {
  readonly files: ContentFiles;
  readonly inlineLimit: number;
  /** Whether content of this hash is stored already, so that it need not be read again. */
  readonly knows: (sha256: string) => Promise<boolean>;
}

/** A batch in the form in which it crosses to the writer: each distinct content once, large ones written to files before. */
export async function packDelivery(batch: readonly DeliveryItem[], tools: PackTools): Promise<DeliverRequest> {
  const gather = new Gather();
  const contents: ContentRef[] = [];
  const indexes = new Map<string, number>();
  const rows: DeliverRow[] = [];
  for (const item of batch) {
    const { content } = item;
    let index = indexes.get(content.sha256);
    if (index === undefined) {
      index = contents.length;
      indexes.set(content.sha256, index);
      // what is held in memory anyway crosses with the batch; the single-instance check is the writer's
      const small = content.inline && content.inline.length <= tools.inlineLimit;
      if (small) contents.push(inlineRef(gather, content.inline, content.sha256, content.size));
      else contents.push(await largeRef(content, tools, gather));
    }
    rows.push(deliverRow(item, index, gather));
  }
  return { rows, contents, buffer: gather.join(), now: Date.now() };
}

function deliverRow(item: DeliveryItem, content: number, gather: Gather): DeliverRow {
  return {
    account: item.accountId,
    queueId: item.queueId,
    recipient: item.finalRecipient,
    mailbox: item.mailbox ?? 'INBOX',
    create: item.create ?? false,
    ...packFlags(item.flags),
    date: item.internalDate,
    prefixOffset: gather.add(item.prefix),
    prefixSize: item.prefix.length,
    content,
    quota: item.quota,
  };
}

function inlineRef(gather: Gather, bytes: Uint8Array, sha256: string, size: number): ContentRef {
  if (bytes.length !== size) throw new StoreError('INVALID', 'content and size differ');
  return { sha256, size, offset: gather.add(bytes) };
}

async function largeRef(content: ContentSource, tools: PackTools, gather: Gather): Promise<ContentRef> {
  const { sha256, size } = content;
  if (await tools.knows(sha256)) return { sha256, size };
  const stream = content.inline ? once(content.inline) : content.stream();
  if (size <= tools.inlineLimit) return inlineRef(gather, await gatherAll(stream, size), sha256, size);
  const written = await tools.files.write(stream, size);
  if (written.sha256 !== sha256) throw new StoreError('INVALID', 'the content does not have the hash announced');
  return written;
}

/** Messages of another store in the form in which they cross to the writer. */
export async function packLoad(
  account: string,
  mailbox: string,
  messages: readonly MessageDump[],
  tools: PackTools,
): Promise<LoadRequest> {
  const gather = new Gather();
  const contents: ContentRef[] = [];
  const rows: LoadRow[] = [];
  for (const message of messages) {
    const { sha256, size, prefix } = message;
    const source = { sha256, size, inline: null, stream: () => message.read() };
    const content = contents.push(await largeRef(source, tools, gather)) - 1;
    const prefixOffset = gather.add(prefix);
    const { uid, modseq, internalDate: date, savedAt, emailId, threadId } = message;
    const place = { prefixOffset, prefixSize: prefix.length, content };
    rows.push({ uid, ...packFlags(message.flags), modseq, date, savedAt, emailId, threadId, ...place });
  }
  return { account, mailbox, rows, contents, buffer: gather.join() };
}

async function gatherAll(stream: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of stream) {
    if (at + chunk.length > size) throw new StoreError('INVALID', 'the content is longer than announced');
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at !== size) throw new StoreError('INVALID', 'the content is shorter than announced');
  return bytes;
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
