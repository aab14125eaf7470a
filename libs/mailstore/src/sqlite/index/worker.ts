/** The indexer: takes mails up into the text index behind the delivery, in a thread and a database of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { canonicalName } from '../../names.ts';
import type { RetentionRule } from '../../types.ts';
import { openForReading } from '../database.ts';
import type { OlderRequest, Request } from '../protocol.ts';
import { failureOf, Reader } from '../read/reader.ts';
import { Indexer } from './indexer.ts';

const { directory } = workerData as { directory: string };
const port = parentPort;
if (!port) throw new Error('the mailstore indexer is a worker thread');
const reader = new Reader(openForReading(directory), directory);
const indexer = new Indexer(reader);
let working: Promise<void> | null = null;

let waiting = 0;
/** Ends the present rest. */
let awaken = (): void => undefined;

/**
 * Works until nothing is left; whoever asks meanwhile waits for the same work and one look more. It rests between
 * batches, and long while mail is being filed, so that a burst of deliveries has the machine to itself for the most part; not at all
 * while somebody waits for the end.
 */
async function catchUp(hurry: boolean): Promise<void> {
  if (hurry) {
    waiting++;
    awaken();
  }
  try {
    while (working) await working.catch(() => undefined);
    working = workThrough().finally(() => (working = null));
    await working;
  } finally {
    if (hurry) waiting--;
  }
}

/** Rests, as multiples of the work before: an index that lags makes searches slower, deliveries that lag make senders wait. */
const REST = 0.25;
const REST_WHILE_FILING = 6;

async function workThrough(): Promise<void> {
  for (let newest = indexer.newest(); ;) {
    const start = performance.now();
    if (!reader.atOneInstant(() => indexer.step())) return;
    const now = indexer.newest();
    const rest = (now > newest ? REST_WHILE_FILING : REST) * (performance.now() - start);
    newest = now;
    await resting(waiting > 0 ? 0 : rest);
  }
}

function resting(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    awaken = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

const operations = {
  catchUp: (hurry: boolean): Promise<void> => catchUp(hurry),
  backlog: (): number => indexer.backlog(),
  removed: (): number => indexer.removed,
  /** Mailboxes that hold messages older than a rule says. */
  overdue: (args: { readonly rules: readonly RetentionRule[]; readonly now: number }): OlderRequest[] =>
    args.rules.flatMap(({ mailbox, age }) => overdue(mailbox, args.now - age)),
};
/** Names and arguments of what the indexer does; the client's calls are typed by it. */
export type IndexerOperations = {
  [Op in keyof typeof operations]: (
    context: null,
    args: Parameters<(typeof operations)[Op]>[0],
  ) => ReturnType<(typeof operations)[Op]>;
};

function overdue(rule: string, before: number): OlderRequest[] {
  const which = rule.startsWith('\\') ? 'b.special_use = ?' : 'b.name = ?';
  const rows = reader
    .sql(
      `SELECT a.name AS account, b.id AS mailbox FROM mailbox b JOIN account a ON a.id = b.account WHERE ${which}
       AND EXISTS (SELECT 1 FROM message m WHERE m.mailbox = b.id AND m.saved_at < ?)`,
    )
    .all(rule.startsWith('\\') ? rule : canonicalName(rule), before) as unknown as {
    account: string;
    mailbox: number;
  }[];
  return rows.map(({ account, mailbox }) => ({ account, mailbox, before }));
}

port.on('message', (request: Request) => {
  void answer(request);
});
port.postMessage('ready');

async function answer({ id, op, args }: Request): Promise<void> {
  try {
    const operation = operations[op as keyof typeof operations] as (args: unknown) => unknown;
    port?.postMessage({ id, value: await operation(args) });
  } catch (error) {
    port?.postMessage(failureOf(id, error));
  }
}
