import { RELEASED, UPLOADING, USED } from './contents.ts';
import type { Database, Sql } from './database.ts';
import type { Objects } from './objects.ts';

/** Mails, and objects, of one step. */
const STEP = 500;
/** An upload that no transaction has taken up for so long was left by a process that died. */
const ABANDONED_MS = 3_600_000;

/**
 * Removes what nothing refers to any more. Why it is safe beside deliveries of the same content, in any process, at any time:
 *
 * - A mail gets a new message only by COPY, MOVE, RENAME of INBOX and restoring, each of which holds locks under which an old
 *   reference cannot go first (the source mailbox's row, the expunged row); both happen in one transaction. So every
 *   snapshot sees one reference at least, and a mail that has none in one has none in any later.
 * - A content gets a new mail by delivery, which holds the content's row FOR KEY SHARE until its commit. Here the row is locked
 *   FOR UPDATE first, and whether it has mails is asked in a second statement, whose snapshot sees every delivery that was let
 *   through. A delivery that comes later waits, finds no row, and brings the content again.
 * - An object belongs to one upload: its key has a random end, so a new delivery never writes to a key that is being removed. Its row
 *   goes from UPLOADING to USED in the transaction that makes the content's row, and to RELEASED in the one that removes it.
 *   Only what is RELEASED is removed, and from there no way leads back: a transaction that finds its upload taken fails and
 *   uploads again. Removing twice does no harm, so a crash in between is made good by the next run.
 */
export async function collectGarbage(db: Database, objects: Objects): Promise<number> {
  let bytes = 0;
  for (;;) {
    const step = await db.transaction(removeMails);
    bytes += step.bytes;
    if (step.looked === 0) break;
  }
  await db.rows(`UPDATE object SET state = ${String(RELEASED)} WHERE state = ${String(UPLOADING)} AND at < $1`, [
    Date.now() - ABANDONED_MS,
  ]);
  await removeObjects(db, objects);
  return bytes;
}

async function removeMails(sql: Sql): Promise<{ looked: number; bytes: number }> {
  const taken = await sql.rows<{ mail: number }>(
    'DELETE FROM garbage WHERE mail IN (SELECT mail FROM garbage ORDER BY mail LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING mail',
    [STEP],
  );
  if (taken.length === 0) return { looked: 0, bytes: 0 };
  const gone = await sql.rows<{ id: number; content: number }>(
    `WITH gone AS (DELETE FROM mail m WHERE m.id = ANY($1) AND NOT EXISTS (SELECT 1 FROM message WHERE mail = m.id)
       AND NOT EXISTS (SELECT 1 FROM expunged WHERE mail = m.id) RETURNING id, content),
     unqueued AS (DELETE FROM index_queue q USING gone WHERE q.mail = gone.id)
     SELECT id, content FROM gone`,
    [taken.map(({ mail }) => mail)],
  );
  // a statement of its own: it sees what an indexer wrote while the one before waited for it
  await sql.rows('DELETE FROM message_text WHERE mail = ANY($1)', [gone.map(({ id }) => id)]);
  const contents = [...new Set(gone.map(({ content }) => content))];
  await sql.rows('SELECT 1 FROM content WHERE id = ANY($1) ORDER BY id FOR UPDATE', [contents]);
  const removed = await sql.rows<{ size: number; object: string | null }>(
    'DELETE FROM content c WHERE c.id = ANY($1) AND NOT EXISTS (SELECT 1 FROM mail WHERE content = c.id) RETURNING size, object',
    [contents],
  );
  const keys = removed.flatMap(({ object }) => object ?? []);
  if (keys.length > 0)
    await sql.rows(`UPDATE object SET state = ${String(RELEASED)} WHERE key = ANY($1) AND state = ${String(USED)}`, [
      keys,
    ]);
  return { looked: taken.length, bytes: removed.reduce((n, { size }) => n + size, 0) };
}

/** No transaction is open while the objects themselves go. */
async function removeObjects(db: Database, objects: Objects): Promise<void> {
  for (;;) {
    const rows = await db.rows<{ key: string }>(
      `SELECT key FROM object WHERE state = ${String(RELEASED)} ORDER BY at LIMIT $1`,
      [STEP],
    );
    if (rows.length === 0) return;
    const keys = rows.map(({ key }) => key);
    await objects.remove(keys);
    await db.rows('DELETE FROM object WHERE key = ANY($1)', [keys]);
  }
}
