import { applyFlags, packFlags, unpackFlags } from '../flags.ts';
import type { FlagChange, FlaggedMessage, FlagResult } from '../types.ts';
import type { Sql } from './database.ts';
import { lockMailbox } from './locks.ts';

interface Row {
  readonly uid: number;
  readonly bits: number;
  readonly keywords: string | null;
  readonly modseq: number;
}

const UPDATE = `
  WITH v AS (SELECT * FROM unnest($2::bigint[], $3::smallint[], $4::text[]) AS v (uid, flags, keywords)),
  old AS (SELECT m.uid, m.flags AS before, v.flags AS after, m.size FROM message m JOIN v USING (uid) WHERE m.mailbox = $1),
  changed AS (UPDATE message m SET flags = v.flags, keywords = v.keywords, modseq = $5 FROM v WHERE m.mailbox = $1 AND m.uid = v.uid)
  UPDATE mailbox m SET modseq = $5, unseen = m.unseen + s.unseen, deleted = m.deleted + s.deleted, deleted_bytes = m.deleted_bytes + s.bytes
  FROM (SELECT sum((before & 1) - (after & 1)) AS unseen, sum(((after & 8) - (before & 8)) / 8) AS deleted,
    sum(((after & 8) - (before & 8)) / 8 * size) AS bytes FROM old) s
  WHERE m.id = $1`;

/** One new MODSEQ for all that change. */
export async function storeFlags(
  sql: Sql,
  account: number,
  mailboxId: number,
  uids: readonly number[],
  change: FlagChange,
): Promise<FlagResult> {
  const given = packFlags(change.flags);
  const mailbox = await lockMailbox(sql, account, mailboxId);
  const modseq = mailbox.modseq + 1;
  const rows = await sql.rows<Row>(
    'SELECT uid, flags AS bits, keywords, modseq FROM message WHERE mailbox = $1 AND uid = ANY($2) ORDER BY uid',
    [mailboxId, uids],
  );
  const refused: number[] = [];
  const changed: Row[] = [];
  const messages: FlaggedMessage[] = [];
  for (const row of rows) {
    if (change.unchangedSince !== undefined && row.modseq > change.unchangedSince) {
      refused.push(row.uid);
      continue;
    }
    const next = applyFlags(row, change.mode, given);
    const same = next.bits === row.bits && next.keywords === row.keywords;
    if (!same) changed.push({ ...row, ...next });
    const flags = unpackFlags(next.bits, next.keywords);
    messages.push({ uid: row.uid, flags, modseq: same ? row.modseq : modseq, previousModseq: row.modseq });
  }
  if (changed.length > 0) {
    const columns = [changed.map((row) => row.uid), changed.map((row) => row.bits), changed.map((row) => row.keywords)];
    await sql.rows(UPDATE, [mailboxId, ...columns, modseq]);
  }
  return { messages, refused };
}
