import { canonicalName } from '../names.ts';
import type { CopyResult, StoreQuota } from '../types.ts';
import { StoreError } from '../types.ts';
import type { Sql } from './database.ts';
import { removeMoved } from './expunge.ts';
import { MAX_UID } from './filing.ts';
import { lockAccounts, lockMailboxes, type LockedMailbox } from './locks.ts';
import { mailboxId } from './mailbox-rows.ts';
import { fits, isLimited, usageOf } from './quota.ts';
import { threadIds } from './threads.ts';

export interface CopyCall {
  readonly account: number;
  readonly mailbox: number;
  readonly uids: readonly number[];
  /** Account and name of the mailbox they go to. */
  readonly targetAccount: number;
  readonly target: string;
  readonly quota: StoreQuota | undefined;
}

interface Source {
  readonly uid: number;
  readonly mail: number;
  readonly size: number;
}

const COPY = `
  WITH src AS (SELECT m.uid, coalesce(v.to_mail, m.mail) AS mail, m.flags, m.keywords, m.date, m.size, row_number() OVER (ORDER BY m.uid) AS n
    FROM message m LEFT JOIN unnest($6::bigint[], $7::bigint[]) AS v (from_mail, to_mail) ON v.from_mail = m.mail
    WHERE m.mailbox = $1 AND m.uid = ANY($2)),
  made AS (INSERT INTO message (mailbox, uid, mail, flags, keywords, modseq, date, saved, size)
    SELECT $3, $4::bigint + n - 1, mail, flags, keywords, $5::bigint + n, date, $8::bigint, size FROM src)
  UPDATE mailbox m SET uid_next = m.uid_next + s.messages, modseq = m.modseq + s.messages, messages = m.messages + s.messages,
    unseen = m.unseen + s.unseen, bytes = m.bytes + s.bytes, deleted = m.deleted + s.deleted, deleted_bytes = m.deleted_bytes + s.deleted_bytes
  FROM (SELECT count(*) AS messages, count(*) FILTER (WHERE flags & 1 = 0) AS unseen, coalesce(sum(size), 0) AS bytes,
    count(*) FILTER (WHERE flags & 8 <> 0) AS deleted, coalesce(sum(size) FILTER (WHERE flags & 8 <> 0), 0) AS deleted_bytes FROM src) s
  WHERE m.id = $3`;

/**
 * COPY: both mailboxes are locked, so that the mails copied cannot lose their last message before the new ones are there (garbage.ts
 * counts on it).
 */
export async function copy(sql: Sql, call: CopyCall): Promise<CopyResult> {
  const { account, targetAccount } = call;
  if (isLimited(call.quota)) await lockAccounts(sql, [targetAccount]);
  const { source, target } = await lockBoth(sql, call);
  return copyLocked(
    sql,
    call,
    source,
    target,
    isLimited(call.quota) ? call.quota : undefined,
    account !== targetAccount,
  );
}

/** RFC 6851: nobody sees a moment with both or neither. Within one account nothing is added to its quota. */
export async function move(sql: Sql, call: CopyCall): Promise<CopyResult> {
  const foreign = call.account !== call.targetAccount;
  const quota = foreign && isLimited(call.quota) ? call.quota : undefined;
  if (quota) await lockAccounts(sql, [call.targetAccount]);
  const { source, target } = await lockBoth(sql, call);
  const result = await copyLocked(sql, call, source, target, quota, foreign);
  const risen = source.id === target.id ? { ...source, modseq: source.modseq + result.source.length } : source;
  if (result.source.length > 0) await removeMoved(sql, risen, result.source);
  return result;
}

async function lockBoth(sql: Sql, call: CopyCall): Promise<{ source: LockedMailbox; target: LockedMailbox }> {
  const id = await mailboxId(sql, call.targetAccount, canonicalName(call.target));
  const locked = await lockMailboxes(sql, [call.mailbox, ...(id === undefined ? [] : [id])]);
  const source = locked.get(call.mailbox);
  if (source?.account !== call.account) throw new StoreError('NOT_FOUND', 'no such mailbox');
  const target = locked.get(id ?? 0);
  if (!target) throw new StoreError('NOT_FOUND', 'no such mailbox');
  return { source, target };
}

async function copyLocked(
  sql: Sql,
  call: CopyCall,
  source: LockedMailbox,
  target: LockedMailbox,
  quota: StoreQuota | undefined,
  foreign: boolean,
): Promise<CopyResult> {
  const rows = await sql.rows<Source>(
    'SELECT uid, mail, size FROM message WHERE mailbox = $1 AND uid = ANY($2) ORDER BY uid',
    [source.id, call.uids],
  );
  const uids = rows.map(({ uid }) => uid);
  const result = { mailboxId: target.id, uidValidity: target.uidValidity, source: uids };
  if (rows.length === 0) return { ...result, target: [] };
  if (target.uidNext + rows.length - 1 > MAX_UID) throw new StoreError('CANNOT', 'the mailbox has no UIDs left');
  if (quota) {
    const usage = (await usageOf(sql, [target.account])).get(target.account) ?? { bytes: 0, messages: 0 };
    const bytes = rows.reduce((n, { size }) => n + size, 0);
    if (!fits(quota, usage, { bytes, messages: rows.length })) throw new StoreError('OVER_QUOTA', 'quota exceeded');
  }
  const mails = foreign ? await mailsFor(sql, target.account, rows) : new Map<number, number>();
  const parameters = [
    source.id,
    uids,
    target.id,
    target.uidNext,
    target.modseq,
    [...mails.keys()],
    [...mails.values()],
  ];
  await sql.rows(COPY, [...parameters, Date.now()]);
  return { ...result, target: uids.map((_, i) => target.uidNext + i) };
}

/** Mails of another account with the same octets and EMAILID (RFC 8474 §5.1), in the threads of that account. Old ids to new. */
async function mailsFor(sql: Sql, account: number, rows: readonly Source[]): Promise<Map<number, number>> {
  const sources = await sql.rows<{ mail: number; made: number; related: string[] }>(
    `SELECT m.id AS mail, nextval(pg_get_serial_sequence('mail', 'id')) AS made, c.related::text[] AS related
     FROM mail m JOIN content c ON c.id = m.content WHERE m.id = ANY($1) ORDER BY m.id`,
    [[...new Set(rows.map(({ mail }) => mail))]],
  );
  const threads = await threadIds(
    sql,
    sources.map(({ related }) => ({ account, related })),
  );
  await sql.rows(
    `WITH v AS (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS v (mail, made, thread_id)),
     queued AS (INSERT INTO index_queue (mail) SELECT made FROM v)
     INSERT INTO mail (id, account, content, prefix, email_id, thread_id) OVERRIDING SYSTEM VALUE
     SELECT v.made, $1, m.content, m.prefix, m.email_id, v.thread_id FROM v JOIN mail m ON m.id = v.mail`,
    [account, sources.map(({ mail }) => mail), sources.map(({ made }) => made), threads],
  );
  return new Map(sources.map(({ mail, made }) => [mail, made]));
}
