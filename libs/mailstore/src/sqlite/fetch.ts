import { unpackFlags } from '../flags.ts';
import type { FetchedMessage, FetchWant, MessageBytes, WirePage, WireWant } from '../types.ts';
import type { WorkerClient } from './client.ts';
import type { ContentFiles } from './files.ts';
import { type FetchPage, NUMBERS, type Octets, TEXTS } from './protocol.ts';
import type { ReaderOperations } from './read/worker.ts';

type ReaderClient = WorkerClient<ReaderOperations>;

/** UIDs sent to the reader with one request; it may answer fewer. */
const SLICE = 1024;
const SLICE_WITH_CONTENT = 256;

export interface FetchCall {
  readonly account: string;
  readonly mailbox: number;
  readonly uids: readonly number[];
  readonly want: FetchWant;
}

export interface FetchTools {
  readonly reader: ReaderClient;
  readonly files: ContentFiles;
  /** Contents whose wire forms should be written again. */
  readonly stale: (contents: readonly number[]) => void;
}

/** Reads messages page by page, one page ahead of the consumer. */
export async function* fetchMessages(tools: FetchTools, call: FetchCall): AsyncGenerator<FetchedMessage> {
  const { want } = call;
  const uids = ascending(call.uids);
  const slice = want.content ? SLICE_WITH_CONTENT : SLICE;
  const request = {
    account: call.account,
    mailbox: call.mailbox,
    envelope: want.envelope ?? false,
    bodyStructure: want.bodyStructure ?? false,
    preview: want.preview ?? false,
    structure: want.structure ?? false,
    content: want.content ?? false,
  };
  const page = (at: number): Promise<FetchPage> =>
    tools.reader.call('fetchPage', { ...request, uids: uids.slice(at, at + slice) });
  for await (const packed of oneAhead(tools, uids.length, page))
    for (let i = 0; i < packed.count; i++) yield toMessage(packed, i, want, tools.files);
}

export type WireCall = Omit<FetchCall, 'want'> & { readonly want: WireWant };

/** Reads ready forms page by page. */
export function fetchWire(tools: FetchTools, { account, mailbox, uids, want }: WireCall): AsyncIterable<WirePage> {
  const wanted = ascending(uids);
  return oneAhead(tools, wanted.length, (at) =>
    tools.reader.call('wirePage', { account, mailbox, ...want, uids: wanted.slice(at, at + SLICE) }),
  );
}

interface Page {
  readonly taken: number;
  readonly stale: readonly number[];
}

/** Pages that answer `count` UIDs, the next one asked for while one is looked at. */
async function* oneAhead<T extends Page>(
  { stale }: FetchTools,
  count: number,
  read: (at: number) => Promise<T>,
): AsyncGenerator<T> {
  let at = 0;
  let next = count > 0 ? read(0) : null;
  while (next) {
    const page: T = await next;
    at += page.taken;
    next = at < count ? read(at) : null;
    // a consumer that stops early leaves this page behind: its failure is nobody's
    next?.catch(() => undefined);
    if (page.stale.length > 0) stale(page.stale);
    yield page;
  }
}

/** Each UID once, in order; most callers give them so. */
function ascending(uids: readonly number[]): Uint32Array {
  const sorted = Uint32Array.from(uids);
  if (sorted.every((uid, i) => i === 0 || uid > (sorted[i - 1] ?? 0))) return sorted;
  return Uint32Array.from(new Set(sorted.sort()));
}

function toMessage(page: FetchPage, index: number, want: FetchWant, files: ContentFiles): FetchedMessage {
  const { numbers, texts, wire, ends, octets } = page;
  const n = index * NUMBERS;
  const t = index * TEXTS;
  const number = (i: number): number => numbers[n + i] ?? 0;
  const message: Mutable<FetchedMessage> = {
    uid: number(0),
    flags: unpackFlags(number(1), texts[t] ?? null),
    modseq: number(2),
    internalDate: number(3),
    savedAt: number(4),
    size: number(5),
    prefixSize: number(6),
    emailId: texts[t + 1] ?? '',
    threadId: texts[t + 2] ?? '',
  };
  const from = index === 0 ? 0 : (ends[2 * index - 1] ?? 0);
  const middle = ends[2 * index] ?? 0;
  if (want.envelope) message.envelope = wire.subarray(from, middle);
  if (want.bodyStructure) message.bodyStructure = wire.subarray(middle, ends[2 * index + 1]);
  if (want.preview) message.preview = texts[t + 3] ?? '';
  if (want.structure) message.structure = texts[t + 4] ?? '';
  const content = octets[index];
  if (content) message.bytes = bytesOf(message, page, content, files);
  return message;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function bytesOf(
  message: FetchedMessage,
  { bytes }: FetchPage,
  { start, end, file }: Octets,
  files: ContentFiles,
): MessageBytes {
  const octets = bytes.subarray(start, end);
  return file === null ? inMemory(octets) : inFile(message, octets, file, files);
}

function inMemory(bytes: Uint8Array): MessageBytes {
  return {
    size: bytes.length,
    inline: bytes,

    async *read(start = 0, end = bytes.length) {
      if (start < end) yield bytes.subarray(start, end);
    },
  };
}

function inFile({ uid, size }: FetchedMessage, prefix: Uint8Array, file: string, files: ContentFiles): MessageBytes {
  return {
    size,
    inline: null,
    async *read(start = 0, end = size) {
      const stop = Math.min(end, size);
      if (start < Math.min(prefix.length, stop)) yield prefix.subarray(start, stop);
      const from = Math.max(start, prefix.length) - prefix.length;
      if (from < stop - prefix.length) yield* files.read(file, uid, from, stop - prefix.length);
    },
  };
}
