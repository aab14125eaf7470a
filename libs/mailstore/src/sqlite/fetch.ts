import { unpackFlags } from '../flags.ts';
import type { FetchedMessage, FetchWant, MessageBytes } from '../types.ts';
import type { WorkerClient } from './client.ts';
import type { ContentFiles } from './files.ts';
import type { FetchPage, FetchRow, SearchRequest } from './protocol.ts';
import type { ReaderOperations } from './read/worker.ts';

type ReaderClient = WorkerClient<ReaderOperations>;

/** UIDs sent to the reader with one request; it may answer fewer. */
const SLICE = 256;

interface FetchCall {
  readonly account: string;
  readonly mailbox: number;
  readonly uids: readonly number[];
  readonly want: FetchWant;
}

/** Reads messages page by page, one page ahead of the consumer. */
export async function* fetchMessages(
  reader: ReaderClient,
  files: ContentFiles,
  call: FetchCall,
): AsyncGenerator<FetchedMessage> {
  const page = (at: number): Promise<FetchPage> =>
    reader.call('fetchPage', {
      account: call.account,
      mailbox: call.mailbox,
      uids: call.uids.slice(at, at + SLICE),
      structure: call.want.structure ?? false,
      content: call.want.content ?? false,
    });
  let at = 0;
  let next = call.uids.length > 0 ? page(0) : null;
  while (next) {
    const { rows, taken }: FetchPage = await next;
    at += taken;
    next = at < call.uids.length ? page(at) : null;
    // a consumer that stops early leaves this page behind: its failure is nobody's
    next?.catch(() => undefined);
    for (const row of rows) yield toMessage(row, files);
  }
}

function toMessage(row: FetchRow, files: ContentFiles): FetchedMessage {
  return {
    uid: row.uid,
    flags: unpackFlags(row.bits, row.keywords),
    modseq: row.modseq,
    internalDate: row.date,
    size: row.size,
    prefixSize: row.prefixSize,
    ...(row.structure !== undefined && { structure: row.structure }),
    ...(row.bytes && { bytes: inMemory(row.bytes) }),
    ...(row.file !== undefined && { bytes: inFile(row, row.file, files) }),
  };
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

function inFile(row: FetchRow, file: string, files: ContentFiles): MessageBytes {
  const prefix = row.prefix ?? new Uint8Array(0);
  return {
    size: row.size,
    inline: null,
    async *read(start = 0, end = row.size) {
      const stop = Math.min(end, row.size);
      if (start < Math.min(prefix.length, stop)) yield prefix.subarray(start, stop);
      const from = Math.max(start, prefix.length) - prefix.length;
      if (from < stop - prefix.length) yield* files.read(file, row.uid, from, stop - prefix.length);
    },
  };
}

export async function searchMessages(reader: ReaderClient, request: SearchRequest): Promise<number[]> {
  const found: number[] = [];
  for (let at = 0; at < request.uids.length;) {
    const page = await reader.call('searchPage', { ...request, uids: request.uids.slice(at, at + SLICE) });
    found.push(...page.found);
    at += page.taken;
  }
  return found;
}
