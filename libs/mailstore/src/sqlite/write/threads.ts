import { hash } from 'node:crypto';
import { newObjectId } from '../../object-id.ts';
import type { Tx } from './tx.ts';

/** Ids of References that are kept as keys, the newest: a long discussion names all of it in each message. */
const MAX_KEYS = 24;

/** Of a summary row, what threads hang on. */
export interface SummaryRow {
  readonly sent: number | null;
  readonly zone: number | null;
  readonly messageId: string | null;
  readonly refs: string;
  readonly inReplyTo: string;
}

export function summaryOf(tx: Tx, content: number): SummaryRow {
  const select = tx.sql(
    'SELECT sent, zone, message_id AS messageId, refs, in_reply_to AS inReplyTo FROM summary WHERE content = ?',
  );
  return select.get(content) as unknown as SummaryRow;
}

/**
 * THREADID of a new mail (RFC 8474 §5.2): that of a message its own id or one it names belongs to, else a new one. From then on the
 * ids it names belong to it too. What was given out never changes, also where a later message joins two threads.
 */
export function threadOf(tx: Tx, account: number, summary: SummaryRow): string {
  const keys = keysOf(summary);
  const find = tx.sql('SELECT thread FROM thread_key WHERE account = ? AND hash = ?');
  let thread: string | undefined;
  for (const key of keys) {
    thread = (find.get(account, key) as { thread: string } | undefined)?.thread;
    if (thread !== undefined) break;
  }
  thread ??= newObjectId('T');
  keepKeys(tx, account, keys, thread);
  return thread;
}

/** Makes a mail from another store known under the thread it has there. */
export function joinThread(tx: Tx, account: number, summary: SummaryRow, thread: string): void {
  keepKeys(tx, account, keysOf(summary), thread);
}

/** Forgets the keys of a mail that was the last of its thread. */
export function forgetThread(tx: Tx, account: number, summary: SummaryRow): void {
  for (const key of keysOf(summary)) tx.sql('DELETE FROM thread_key WHERE account = ? AND hash = ?').run(account, key);
}

function keepKeys(tx: Tx, account: number, keys: readonly Buffer[], thread: string): void {
  const keep = tx.sql('INSERT INTO thread_key VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  for (const key of keys) keep.run(account, key, thread);
}

/** Nearest relation first. */
function keysOf({ messageId, refs, inReplyTo }: SummaryRow): Buffer[] {
  const ids = new Set<string>();
  if (messageId !== null) ids.add(messageId);
  for (const id of [...split(inReplyTo), ...split(refs).reverse()]) if (ids.size < MAX_KEYS) ids.add(id);
  return [...ids].map((id) => hash('sha1', id, 'buffer').subarray(0, 12));
}

function split(ids: string): string[] {
  return ids === '' ? [] : ids.split('\n');
}
