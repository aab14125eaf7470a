import type { Sql } from './database.ts';
import type { LockedMailbox } from './locks.ts';

/**
 * Takes messages out of a locked mailbox under one new MODSEQ, remembers their UIDs for those who resynchronise, and (unless they
 * moved) what they were, to be brought back. `which` is a condition on `message` with parameters from $6 on.
 */
function removal(which: string, restorable: boolean): string {
  return `
  WITH gone AS (DELETE FROM message WHERE mailbox = $1 AND ${which} RETURNING uid, mail, flags, keywords, date, size),
  noted AS (INSERT INTO vanished (mailbox, modseq, uid, at) SELECT $1, $2, uid, $3 FROM gone),
  ${
    restorable
      ? `kept AS (INSERT INTO expunged (account, mailbox, uid, mail, flags, keywords, date, size, at)
    SELECT $4, $5, uid, mail, flags, keywords, date, size, $3 FROM gone ORDER BY uid),`
      : `unused AS (SELECT $4::bigint, $5::text),`
  }
  counted AS (UPDATE mailbox m SET modseq = $2, messages = m.messages - s.messages, unseen = m.unseen - s.unseen,
      bytes = m.bytes - s.bytes, deleted = m.deleted - s.deleted, deleted_bytes = m.deleted_bytes - s.deleted_bytes
    FROM (SELECT count(*) AS messages, count(*) FILTER (WHERE flags & 1 = 0) AS unseen, coalesce(sum(size), 0) AS bytes,
      count(*) FILTER (WHERE flags & 8 <> 0) AS deleted, coalesce(sum(size) FILTER (WHERE flags & 8 <> 0), 0) AS deleted_bytes
      FROM gone) s WHERE m.id = $1 AND s.messages > 0)
  SELECT uid FROM gone ORDER BY uid`;
}

const DELETED = removal('flags & 8 <> 0', true);
const DELETED_AMONG = removal('flags & 8 <> 0 AND uid = ANY($6)', true);
const AMONG = removal('uid = ANY($6)', true);
const ALL = removal('true', true);
const OLD = removal('uid = ANY(SELECT uid FROM message WHERE mailbox = $1 AND saved < $6 ORDER BY uid LIMIT $7)', true);
const MOVED = removal('uid = ANY($6)', false);
const MOVED_ALL = removal('true', false);

async function remove(
  sql: Sql,
  statement: string,
  mailbox: LockedMailbox,
  now: number,
  ...more: readonly unknown[]
): Promise<number[]> {
  const { id, modseq, account, name } = mailbox;
  const gone = await sql.rows<{ uid: number }>(statement, [id, modseq + 1, now, account, name, ...more]);
  return gone.map(({ uid }) => uid);
}

/** Messages with `\Deleted`, all or among `uids`; resolves to those removed, ascending. */
export function expungeDeleted(
  sql: Sql,
  mailbox: LockedMailbox,
  now: number,
  uids?: readonly number[],
): Promise<number[]> {
  return uids ? remove(sql, DELETED_AMONG, mailbox, now, uids) : remove(sql, DELETED, mailbox, now);
}

export function expungeUids(sql: Sql, mailbox: LockedMailbox, now: number, uids: readonly number[]): Promise<number[]> {
  return remove(sql, AMONG, mailbox, now, uids);
}

export function expungeAll(sql: Sql, mailbox: LockedMailbox, now: number): Promise<number[]> {
  return remove(sql, ALL, mailbox, now);
}

/** At most `limit` of those that came before `cutoff` (ms). */
export function expungeOld(
  sql: Sql,
  mailbox: LockedMailbox,
  now: number,
  cutoff: number,
  limit: number,
): Promise<number[]> {
  return remove(sql, OLD, mailbox, now, cutoff, limit);
}

/** After their rows were made elsewhere. */
export function removeMoved(sql: Sql, mailbox: LockedMailbox, uids: readonly number[]): Promise<number[]> {
  return remove(sql, MOVED, mailbox, Date.now(), uids);
}

/** RFC 3501 §6.3.5: all messages of a locked mailbox to another of the account, in UID order. */
export async function moveAll(sql: Sql, source: LockedMailbox, target: LockedMailbox): Promise<void> {
  const now = Date.now();
  await sql.rows(
    `WITH moved AS (INSERT INTO message (mailbox, uid, mail, flags, keywords, modseq, date, saved, size)
       SELECT $2, $3::bigint + row_number() OVER (ORDER BY uid) - 1, mail, flags, keywords, $4::bigint + row_number() OVER (ORDER BY uid),
         date, $5::bigint, size FROM message WHERE mailbox = $1)
     UPDATE mailbox t SET uid_next = t.uid_next + s.messages, modseq = t.modseq + s.messages, messages = t.messages + s.messages,
       unseen = t.unseen + s.unseen, bytes = t.bytes + s.bytes, deleted = t.deleted + s.deleted,
       deleted_bytes = t.deleted_bytes + s.deleted_bytes
     FROM mailbox s WHERE s.id = $1 AND t.id = $2`,
    [source.id, target.id, target.uidNext, target.modseq, now],
  );
  await remove(sql, MOVED_ALL, source, now);
}
