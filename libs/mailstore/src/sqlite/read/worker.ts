/**
 * A reader: a connection of its own in a thread of its own, so that IMAP reads do not wait for deliveries. Two of them run: one for what is
 * answered at once, one for searches, which may take long and take turns with each other.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Mailbox } from '../../types.ts';
import { openForReading } from '../database.ts';
import type {
  FetchPage,
  NameRequest,
  Progress,
  Reply,
  Request,
  SearchRequest,
  SortRequest,
  ThreadRequest,
  WireAnswer,
} from '../protocol.ts';
import type { Step } from '../search/context.ts';
import { Searcher } from '../search/operations.ts';
import { columns } from './columns.ts';
import { buffersOf, fetchPage } from './fetch.ts';
import { changesSince, snapshot } from './mailbox.ts';
import { failureOf, Reader } from './reader.ts';
import { acl, annotations, listExpunged, sharedWith } from './sharing.ts';
import { wireBuffersOf, wirePage } from './wire.ts';
import { accounts, dumpAccount, dumpDeliveries, dumpMessages } from './transfer.ts';

/** ms one search works before another has its turn, and at least between two words of how far it is (RFC 9585). */
const TURN = 15;
const PROGRESS_EVERY = 1000;

const { directory } = workerData as { directory: string };
const port = parentPort;
if (!port) throw new Error('the mailstore reader is a worker thread');
const reader = new Reader(openForReading(directory), directory);
const searcher = new Searcher(directory);

const operations = {
  snapshot,
  changesSince,
  fetchPage,
  wirePage,
  columns,
  acl,
  sharedWith,
  annotations,
  listExpunged,
  accounts: (reader: Reader, _: undefined): string[] => accounts(reader),
  dumpAccount,
  dumpMessages,
  dumpDeliveries,
  search: (reader: Reader, request: SearchRequest) => searcher.search(reader, request),
  sort: (reader: Reader, request: SortRequest) => searcher.sort(reader, request),
  thread: (reader: Reader, request: ThreadRequest) => searcher.thread(reader, request),
  listMailboxes: (reader: Reader, account: string): Mailbox[] => reader.mailboxes(reader.account(account)),
  mailbox: (reader: Reader, { account, name }: NameRequest): Mailbox | null =>
    reader.mailboxByName(reader.account(account), name),
  mailboxById: (reader: Reader, request: { readonly account: string; readonly mailbox: number }): Mailbox =>
    reader.mailboxById(reader.account(request.account), request.mailbox),
  subscriptions: (reader: Reader, account: string): string[] => reader.subscriptions(reader.account(account)),
  usage: (reader: Reader, account: string): { bytes: number; messages: number } => {
    const mailboxes = reader.mailboxes(reader.account(account));
    return {
      bytes: mailboxes.reduce((n, mailbox) => n + mailbox.bytes, 0),
      messages: mailboxes.reduce((n, mailbox) => n + mailbox.messages, 0),
    };
  },
  /** Whether content of this hash (hex) is stored, and in whole. */
  knows: (reader: Reader, sha256: string): boolean =>
    reader.sql('SELECT 1 FROM content WHERE sha256 = ?').get(Buffer.from(sha256, 'hex')) !== undefined,
};
/** Names and arguments of what the reader does; the client's calls are typed by it. */
export type ReaderOperations = typeof operations;

interface Running {
  readonly id: number;
  readonly work: Generator<Step, unknown>;
  reported: number;
}

const running: Running[] = [];
let turning = false;

port.on('message', (request: Request) => {
  try {
    const operation = operations[request.op as keyof ReaderOperations] as (reader: Reader, args: unknown) => unknown;
    const value = reader.atOneInstant(() => operation(reader, request.args));
    if (isGenerator(value)) start({ id: request.id, work: value, reported: Date.now() });
    else answer(request, value);
  } catch (error) {
    port.postMessage(failureOf(request.id, error));
  }
});
port.postMessage('ready');

function isGenerator(value: unknown): value is Generator<Step, unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value && 'next' in value;
}

function answer(request: Request, value: unknown): void {
  const transfer =
    request.op === 'fetchPage'
      ? buffersOf(value as FetchPage)
      : request.op === 'wirePage'
        ? wireBuffersOf(value as WireAnswer)
        : [];
  port?.postMessage({ id: request.id, value } satisfies Reply, transfer);
}

function start(search: Running): void {
  running.push(search);
  if (!turning) turn();
}

/** Gives the search that waited longest its turn, then lets requests in that came meanwhile. */
function turn(): void {
  const search = running.shift();
  if (!search) return;
  try {
    const step = reader.atOneInstant(() => workOn(search));
    if (step.done) port?.postMessage({ id: search.id, value: step.value } satisfies Reply);
    else {
      running.push(search);
      report(search, step.value);
    }
  } catch (error) {
    port?.postMessage(failureOf(search.id, error));
  }
  turning = running.length > 0;
  if (turning) setImmediate(turn);
}

function workOn({ work }: Running): IteratorResult<Step, unknown> {
  const end = Date.now() + TURN;
  for (;;) {
    const step = work.next();
    if (step.done || Date.now() >= end) return step;
  }
}

function report(search: Running, { done, of }: Step): void {
  const now = Date.now();
  if (now - search.reported < PROGRESS_EVERY) return;
  search.reported = now;
  port?.postMessage({ id: search.id, done, of } satisfies Progress);
}
