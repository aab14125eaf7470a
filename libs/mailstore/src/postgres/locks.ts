import { StoreError } from '../types.ts';
import type { Sql } from './database.ts';

/**
 * The order in which a transaction locks, so that two never wait for each other: accounts by id (for quota and names of
 * mailboxes), delivery keys, the counter of UIDVALIDITY, mailboxes by id, contents by hash, threads. A mailbox's row is the lock under which its UIDs and
 * MODSEQs are given out; it is held until the commit, so that commit order is MODSEQ order and a reader that saw MODSEQ n saw all below.
 */
export async function lockAccounts(sql: Sql, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.rows('SELECT 1 FROM account WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE', [[...new Set(ids)]]);
}

/** A mailbox as it is under lock. */
export interface LockedMailbox {
  readonly id: number;
  readonly account: number;
  readonly name: string;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly modseq: number;
}

/** Those that exist, by id. */
export async function lockMailboxes(sql: Sql, ids: readonly number[]): Promise<Map<number, LockedMailbox>> {
  const rows = await sql.rows<LockedMailbox>(
    `SELECT id, account, name, uid_validity AS "uidValidity", uid_next AS "uidNext", modseq FROM mailbox
     WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE`,
    [[...new Set(ids)]],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** One mailbox of an account. NOT_FOUND when it is not there, or not this account's. */
export async function lockMailbox(sql: Sql, account: number, id: number): Promise<LockedMailbox> {
  const mailbox = (await lockMailboxes(sql, [id])).get(id);
  if (mailbox?.account !== account) throw new StoreError('NOT_FOUND', 'no such mailbox');
  return mailbox;
}

/** Mailboxes by account and name, as `<account> <name>`, locked; those that exist. */
export async function lockMailboxesByName(
  sql: Sql,
  places: readonly { readonly account: number; readonly name: string }[],
): Promise<Map<string, LockedMailbox>> {
  const rows = await sql.rows<LockedMailbox>(
    `SELECT m.id, m.account, m.name, m.uid_validity AS "uidValidity", m.uid_next AS "uidNext", m.modseq
     FROM mailbox m WHERE (m.account, m.name) IN (SELECT * FROM unnest($1::bigint[], $2::text[])) ORDER BY m.id FOR NO KEY UPDATE OF m`,
    [places.map(({ account }) => account), places.map(({ name }) => name)],
  );
  return new Map(rows.map((row) => [`${String(row.account)} ${row.name}`, row]));
}
