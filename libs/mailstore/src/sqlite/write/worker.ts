/** The writer: one thread, one connection, group commit. Requests that wait while a commit syncs share the next one. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { StoreError } from '../../types.ts';
import { isAboutTheStore, openDatabase } from '../database.ts';
import type { ContentRef, Reply, Request } from '../protocol.ts';
import { ContentMissing } from './content.ts';
import { deliver, purgeDeliveries } from './deliver.ts';
import { rewire } from './description.ts';
import { storeFlags } from './flags.ts';
import { collectGarbage, unreferencedFiles, vacuum } from './garbage.ts';
import { claimRecent, create, raiseUidValidity, remove, rename, setSpecialUse, subscribe } from './mailboxes.ts';
import { append, copy, expunge, move } from './messages.ts';
import { annotate, setAcl } from './sharing.ts';
import { loadAccount, loadDeliveries, loadMessages } from './transfer.ts';
import { Tx } from './tx.ts';
import { expungeOlder, purgeExpunged, purgeVanished, restoreExpunged } from './undelete.ts';

/** Requests and octets of one transaction, so that none waits without end for those beside it. */
const GROUP = 64;
const GROUP_OCTETS = 2 << 20;

const operations = {
  deliver,
  purgeDeliveries,
  collectGarbage,
  unreferencedFiles,
  vacuum,
  rewire,
  create,
  remove,
  rename,
  subscribe,
  setSpecialUse,
  claimRecent,
  raiseUidValidity,
  append,
  copy,
  move,
  storeFlags,
  expunge,
  setAcl,
  annotate,
  restoreExpunged,
  purgeExpunged,
  purgeVanished,
  expungeOlder,
  loadAccount,
  loadMessages,
  loadDeliveries,
  account: (tx: Tx, name: string): number => tx.account(name),
};
/** Names and arguments of what the writer does; the client's calls are typed by it. */
export type WriterOperations = typeof operations;

const { directory } = workerData as { directory: string };
const port = parentPort;
if (!port) throw new Error('the mailstore writer is a worker thread');
const tx = new Tx(openDatabase(directory));

port.on('message', (first: Request) => {
  const group = [first];
  let octets = octetsOf(first);
  while (group.length < GROUP && octets < GROUP_OCTETS) {
    const next: { readonly message: Request } | undefined = receiveMessageOnPort(port);
    if (!next) break;
    group.push(next.message);
    octets += octetsOf(next.message);
  }
  for (const reply of commitGroup(group)) port.postMessage(reply);
});
port.postMessage('ready');

function octetsOf({ args }: Request): number {
  return (args as { readonly buffer?: ArrayBuffer } | undefined)?.buffer?.byteLength ?? 0;
}

function commitGroup(group: readonly Request[]): Reply[] {
  try {
    tx.sql('BEGIN IMMEDIATE').run();
    const replies = group.map(runOne);
    tx.sql('COMMIT').run();
    removeLooseFiles();
    return replies;
  } catch (error) {
    if (tx.db.isTransaction) tx.db.exec('ROLLBACK');
    tx.forget();
    return group.map((request) => failure(request.id, error));
  }
}

function runOne(request: Request): Reply {
  const operation = operations[request.op as keyof WriterOperations] as (tx: Tx, args: unknown) => unknown;
  const loose = tx.looseFiles.length;
  tx.sql('SAVEPOINT request').run();
  try {
    const value = operation(tx, request.args);
    tx.sql('RELEASE request').run();
    return { id: request.id, value };
  } catch (error) {
    // a full disk or an I/O error rolls the whole transaction back by itself: then no request of the group succeeded
    if (!tx.db.isTransaction) throw error;
    tx.sql('ROLLBACK TO request').run();
    tx.sql('RELEASE request').run();
    const args = request.args as { readonly contents?: readonly ContentRef[] } | undefined;
    const files = (args?.contents ?? []).flatMap((content) => content.file ?? []);
    const earlier = tx.looseFiles.slice(0, loose);
    tx.forget();
    tx.looseFiles = [...earlier, ...files];
    return failure(request.id, error);
  }
}

function failure(id: number, error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StoreError || error instanceof ContentMissing) return { id, code: error.code, message };
  return { id, code: isAboutTheStore(error) ? 'UNAVAILABLE' : 'INTERNAL', message };
}

/** Best effort: a file left behind by a crash here is found by the next garbage collection. */
function removeLooseFiles(): void {
  for (const file of tx.looseFiles) {
    try {
      unlinkSync(join(directory, 'content', file));
    } catch {
      // gone already
    }
  }
  tx.looseFiles = [];
}
