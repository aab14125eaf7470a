import type { RetentionRule } from '../types.ts';
import type { Database } from './database.ts';
import { expungeOld } from './expunge.ts';
import { lockMailboxes } from './locks.ts';
import { canonicalName } from '../names.ts';

/** Rows of one transaction, so that nobody waits long for a lock. */
const STEP = 2000;

/** Runs a step until it finds nothing more; resolves to the sum of its results. */
async function untilDone(step: () => Promise<number>): Promise<number> {
  for (let sum = 0; ;) {
    const n = await step();
    if (n === 0) return sum;
    sum += n;
  }
}

export function purgeDeliveries(db: Database, before: number): Promise<number> {
  return untilDone(async () => {
    const rows = await db.rows(
      `DELETE FROM delivery WHERE (queue_id, account, recipient) IN
         (SELECT queue_id, account, recipient FROM delivery WHERE at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1`,
      [before, STEP],
    );
    return rows.length;
  });
}

/** What nobody can bring back any more becomes garbage. */
export function purgeExpunged(db: Database, before: number): Promise<number> {
  return untilDone(async () => {
    const [row] = await db.rows<{ n: number }>(
      `WITH gone AS (DELETE FROM expunged WHERE id IN (SELECT id FROM expunged WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING mail),
       noted AS (INSERT INTO garbage (mail) SELECT DISTINCT mail FROM gone ORDER BY mail ON CONFLICT DO NOTHING)
       SELECT count(*) AS n FROM gone`,
      [before, STEP],
    );
    return row?.n ?? 0;
  });
}

/** From then on, `changesSince` of a MODSEQ below what was forgotten says that it is not complete. */
export function purgeVanished(db: Database, before: number): Promise<number> {
  return untilDone(async () => {
    const old = await db.rows<{ mailbox: number }>(
      'SELECT DISTINCT mailbox FROM (SELECT mailbox FROM vanished WHERE at < $1 LIMIT $2) v',
      [before, STEP],
    );
    return db.transaction(async (sql) => {
      await lockMailboxes(
        sql,
        old.map(({ mailbox }) => mailbox),
      );
      const [row] = await sql.rows<{ n: number }>(
        `WITH gone AS (DELETE FROM vanished WHERE mailbox = ANY($1) AND at < $2 RETURNING mailbox, modseq),
         risen AS (UPDATE mailbox m SET vanished_floor = greatest(m.vanished_floor, s.modseq)
           FROM (SELECT mailbox, max(modseq) AS modseq FROM gone GROUP BY mailbox) s WHERE m.id = s.mailbox)
         SELECT count(*) AS n FROM gone`,
        [old.map(({ mailbox }) => mailbox), before],
      );
      return row?.n ?? 0;
    });
  });
}

/** Each mailbox in turn, a bounded number of messages per transaction. */
export async function applyRetention(
  db: Database,
  rules: readonly RetentionRule[],
  now: number,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { mailbox, age } of rules) {
    const cutoff = now - age;
    const found = await db.rows<{ id: number; account: string }>(
      `SELECT m.id, a.name AS account FROM mailbox m JOIN account a ON a.id = m.account
       WHERE (m.name = $1 OR m.special_use = $2) AND m.messages > 0 ORDER BY m.id`,
      [canonicalName(mailbox), mailbox],
    );
    for (const { id, account } of found) {
      const gone = await untilDone(() => expireStep(db, id, cutoff, now));
      if (gone > 0) counts.set(account, (counts.get(account) ?? 0) + gone);
    }
  }
  return counts;
}

function expireStep(db: Database, id: number, cutoff: number, now: number): Promise<number> {
  return db.transaction(async (sql) => {
    const locked = (await lockMailboxes(sql, [id])).get(id);
    return locked ? (await expungeOld(sql, locked, now, cutoff, STEP)).length : 0;
  });
}

/** Every mailbox gets a value of its own, greater than all before (RFC 3501 §2.3.1.1). */
export function raiseUidValidity(db: Database): Promise<void> {
  return db.transaction(async (sql) => {
    const now = Math.floor(Date.now() / 1000);
    // the table is locked against changes: a mailbox made meanwhile would keep its old value
    await sql.rows('LOCK TABLE mailbox IN SHARE ROW EXCLUSIVE MODE');
    await sql.rows(
      `WITH base AS (SELECT greatest($1::bigint, (SELECT max(uid_validity) + 1 FROM mailbox), (SELECT value + 1 FROM counter
         WHERE name = 'uid_validity')) AS first),
       numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM mailbox),
       raised AS (UPDATE mailbox m SET uid_validity = base.first + numbered.n - 1 FROM base, numbered WHERE m.id = numbered.id)
       INSERT INTO counter AS c (name, value) SELECT 'uid_validity', base.first + (SELECT count(*) FROM mailbox) FROM base
       ON CONFLICT (name) DO UPDATE SET value = greatest(c.value, EXCLUDED.value)`,
      [now],
    );
  });
}
