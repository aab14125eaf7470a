import { canonicalName, checkName } from '../names.ts';
import type { ExpungedFilter, ExpungedMessage } from '../types.ts';
import { StoreError } from '../types.ts';
import { DELETED, unpackFlags } from '../flags.ts';
import type { Sql } from './database.ts';
import { MAX_UID } from './filing.ts';
import { lockAccounts, lockMailboxes } from './locks.ts';
import { createWithParents } from './mailbox-names.ts';
import { mailboxId } from './mailbox-rows.ts';

const MAX_LISTED = 10_000;

interface Row extends Omit<ExpungedMessage, 'flags'> {
  readonly bits: number;
  readonly keywords: string | null;
}

export async function listExpunged(sql: Sql, account: number, filter: ExpungedFilter): Promise<ExpungedMessage[]> {
  const rows = await sql.rows<Row>(
    `SELECT e.id, e.mailbox, e.uid, e.flags AS bits, e.keywords, e.at AS "expungedAt", e.date AS "internalDate", e.size,
       c.subject, c.sender AS from
     FROM expunged e JOIN mail m ON m.id = e.mail JOIN content c ON c.id = m.content
     WHERE e.account = $1 AND ($2::text IS NULL OR e.mailbox = $2) AND e.at >= $3 ORDER BY e.at DESC, e.id DESC LIMIT $4`,
    [
      account,
      filter.mailbox === undefined ? null : canonicalName(filter.mailbox),
      filter.since ?? 0,
      Math.min(filter.limit ?? MAX_LISTED, MAX_LISTED),
    ],
  );
  return rows.map(({ bits, keywords, ...row }) => ({ ...row, flags: unpackFlags(bits, keywords) }));
}

/** Puts them back without `\Deleted`, or the next EXPUNGE would take them again. */
export async function restoreExpunged(
  sql: Sql,
  account: number,
  ids: readonly number[],
  mailbox: string | undefined,
): Promise<number> {
  const into = mailbox === undefined ? null : checkName(mailbox);
  await lockAccounts(sql, [account]);
  const rows = await sql.rows<{ id: number; mailbox: string }>(
    'SELECT id, mailbox FROM expunged WHERE account = $1 AND id = ANY($2) ORDER BY id FOR UPDATE',
    [account, ids],
  );
  const byName = new Map<string, number[]>();
  for (const row of rows) {
    const name = into ?? row.mailbox;
    byName.set(name, [...(byName.get(name) ?? []), row.id]);
  }
  const targets = new Map<number, number[]>();
  for (const [name, group] of byName) {
    const id = (await mailboxId(sql, account, name)) ?? (await createWithParents(sql, account, checkName(name), null));
    targets.set(id, group);
  }
  const locked = await lockMailboxes(sql, [...targets.keys()]);
  for (const [id, group] of targets) {
    const target = locked.get(id);
    if (!target) throw new StoreError('NOT_FOUND', 'no such mailbox');
    if (target.uidNext + group.length - 1 > MAX_UID) throw new StoreError('CANNOT', 'the mailbox has no UIDs left');
    await sql.rows(RESTORE, [id, group, target.uidNext, target.modseq, Date.now(), ~DELETED]);
  }
  return rows.length;
}

const RESTORE = `
  WITH back AS (DELETE FROM expunged WHERE id = ANY($2) RETURNING id, uid, mail, flags & $6::int AS flags, keywords, date, size),
  src AS (SELECT *, row_number() OVER (ORDER BY id) AS n FROM back),
  made AS (INSERT INTO message (mailbox, uid, mail, flags, keywords, modseq, date, saved, size)
    SELECT $1, $3::bigint + n - 1, mail, flags, keywords, $4::bigint + n, date, $5::bigint, size FROM src)
  UPDATE mailbox m SET uid_next = m.uid_next + s.messages, modseq = m.modseq + s.messages, messages = m.messages + s.messages,
    unseen = m.unseen + s.unseen, bytes = m.bytes + s.bytes
  FROM (SELECT count(*) AS messages, count(*) FILTER (WHERE flags & 1 = 0) AS unseen, coalesce(sum(size), 0) AS bytes FROM src) s
  WHERE m.id = $1`;
