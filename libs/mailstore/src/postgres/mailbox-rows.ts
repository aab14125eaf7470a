import { canonicalName } from '../names.ts';
import type { Mailbox } from '../types.ts';
import { StoreError } from '../types.ts';
import type { Sql } from './database.ts';

/** A {@link Mailbox} as a row: columns of `m`. */
export const MAILBOX = `m.id, m.name, m.object_id AS "objectId", m.special_use AS "specialUse", m.uid_validity AS "uidValidity",
  m.uid_next AS "uidNext", m.modseq AS "highestModseq", m.messages, m.unseen, m.bytes, m.deleted, m.deleted_bytes AS "deletedBytes",
  m.recent_from AS "recentFrom", EXISTS (SELECT 1 FROM subscription s WHERE s.account = m.account AND s.name = m.name) AS subscribed`;

/** The mailbox alone of a row that has more. */
export function toMailbox(row: Mailbox): Mailbox {
  const { id, name, objectId, specialUse, subscribed, uidValidity, uidNext, highestModseq, recentFrom } = row;
  const { messages, unseen, bytes, deleted, deletedBytes } = row;
  const state = { id, name, objectId, specialUse, subscribed, uidValidity, uidNext, highestModseq, recentFrom };
  return { ...state, messages, unseen, bytes, deleted, deletedBytes };
}

export function mailboxesOf(sql: Sql, account: number): Promise<Mailbox[]> {
  return sql.rows<Mailbox>(`SELECT ${MAILBOX} FROM mailbox m WHERE m.account = $1 ORDER BY m.name`, [account]);
}

export async function mailboxByName(sql: Sql, account: number, name: string): Promise<Mailbox | null> {
  const [row] = await sql.rows<Mailbox>(`SELECT ${MAILBOX} FROM mailbox m WHERE m.account = $1 AND m.name = $2`, [
    account,
    canonicalName(name),
  ]);
  return row ?? null;
}

/** Id of a mailbox by its canonical name. */
export async function mailboxId(sql: Sql, account: number, name: string): Promise<number | undefined> {
  const [row] = await sql.rows<{ id: number }>('SELECT id FROM mailbox WHERE account = $1 AND name = $2', [
    account,
    name,
  ]);
  return row?.id;
}

export async function needMailboxId(sql: Sql, account: number, name: string): Promise<number> {
  const id = await mailboxId(sql, account, canonicalName(name));
  if (id === undefined) throw new StoreError('NOT_FOUND', 'no such mailbox');
  return id;
}

/** Resolves when the mailbox is this account's; for readers, which lock nothing. */
export async function checkMailbox(sql: Sql, account: number, id: number): Promise<void> {
  const rows = await sql.rows('SELECT 1 FROM mailbox WHERE account = $1 AND id = $2', [account, id]);
  if (rows.length === 0) throw new StoreError('NOT_FOUND', 'no such mailbox');
}
