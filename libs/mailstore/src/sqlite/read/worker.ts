/** The reader: a connection of its own in a thread of its own, so that IMAP reads do not wait for deliveries. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Mailbox } from '../../types.ts';
import { StoreError } from '../../types.ts';
import { isAboutTheStore, openForReading } from '../database.ts';
import type { NameRequest, Reply, Request } from '../protocol.ts';
import { fetchPage } from './fetch.ts';
import { changesSince, snapshot } from './mailbox.ts';
import { NoAccount, Reader } from './reader.ts';
import { searchPage } from './search.ts';

const operations = {
  snapshot,
  changesSince,
  fetchPage,
  searchPage,
  listMailboxes: (reader: Reader, account: string): Mailbox[] => reader.mailboxes(reader.account(account)),
  mailbox: (reader: Reader, { account, name }: NameRequest): Mailbox | null =>
    reader.mailboxByName(reader.account(account), name),
  subscriptions: (reader: Reader, account: string): string[] => {
    const select = reader.arrays('SELECT name FROM subscription WHERE account = ? ORDER BY name');
    return (select.all(reader.account(account)) as unknown as [string][]).map(([name]) => name);
  },
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

const { directory } = workerData as { directory: string };
const port = parentPort;
if (!port) throw new Error('the mailstore reader is a worker thread');
const reader = new Reader(openForReading(directory), directory);

port.on('message', (request: Request) => {
  try {
    const operation = operations[request.op as keyof ReaderOperations] as (reader: Reader, args: unknown) => unknown;
    const value = reader.atOneInstant(() => operation(reader, request.args));
    port.postMessage({ id: request.id, value } satisfies Reply, request.op === 'fetchPage' ? transferables(value) : []);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const known = error instanceof StoreError || error instanceof NoAccount;
    const code = known ? error.code : isAboutTheStore(error) ? 'UNAVAILABLE' : 'INTERNAL';
    port.postMessage({ id: request.id, code, message } satisfies Reply);
  }
});
port.postMessage('ready');

/** The octets of a page go over without a copy. */
function transferables(value: unknown): ArrayBuffer[] {
  const { rows } = value as ReturnType<ReaderOperations['fetchPage']>;
  return rows.flatMap((row) => (row.bytes ? [row.bytes.buffer as ArrayBuffer] : []));
}
