import type { StoreQuota } from '../../types.ts';
import type { PackedFlags } from '../../flags.ts';
import { SEEN } from '../../flags.ts';
import { StoreError } from '../../types.ts';
import type { Tx } from './tx.ts';

export interface NewMessage extends PackedFlags {
  readonly mail: number;
  readonly date: number;
  readonly size: number;
}

/** Puts one message into a mailbox: next UID, next MODSEQ. The transaction is the lock that keeps commit order MODSEQ order. */
export function addMessage(tx: Tx, mailbox: number, message: NewMessage): { uid: number; modseq: number } {
  const row = tx
    .sql(
      `UPDATE mailbox SET uid_next = uid_next + 1, modseq = modseq + 1, messages = messages + 1, unseen = unseen + ?,
       bytes = bytes + ? WHERE id = ? RETURNING uid_next - 1 AS uid, modseq`,
    )
    .get(message.bits & SEEN ? 0 : 1, message.size, mailbox) as { uid: number; modseq: number } | undefined;
  if (!row) throw new StoreError('NOT_FOUND', 'no such mailbox');
  // RFC 3501 §2.3.1.1: a UID is an nz-number of 32 bits
  if (row.uid > 0xffffffff) throw new StoreError('CANNOT', 'the mailbox has no UIDs left');
  tx.sql('INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
    mailbox,
    row.uid,
    message.mail,
    message.bits,
    message.keywords,
    row.modseq,
    message.date,
    message.size,
  );
  return row;
}

/** A message row as copy, flags and expunge see it. */
export interface StoredRow extends NewMessage {
  readonly uid: number;
  readonly modseq: number;
}

/** Messages among `uids` that exist, in the order given. */
export function messagesOf(tx: Tx, mailbox: number, uids: readonly number[]): StoredRow[] {
  const get = tx.sql(
    'SELECT uid, mail, flags AS bits, keywords, modseq, date, size FROM message WHERE mailbox = ? AND uid = ?',
  );
  const rows: StoredRow[] = [];
  for (const uid of uids) {
    const row = get.get(mailbox, uid) as StoredRow | undefined;
    if (row) rows.push(row);
  }
  return rows;
}

/** Takes messages out of a mailbox under one new MODSEQ and remembers their UIDs for those who resynchronise. */
export function removeMessages(tx: Tx, mailbox: number, rows: readonly StoredRow[]): void {
  if (rows.length === 0) return;
  const unseen = rows.reduce((n, row) => n + (row.bits & SEEN ? 0 : 1), 0);
  const bytes = rows.reduce((n, row) => n + row.size, 0);
  const { modseq } = tx
    .sql(
      `UPDATE mailbox SET modseq = modseq + 1, messages = messages - ?, unseen = unseen - ?, bytes = bytes - ? WHERE id = ? RETURNING modseq`,
    )
    .get(rows.length, unseen, bytes, mailbox) as { modseq: number };
  const now = Date.now();
  for (const row of rows) {
    tx.sql('DELETE FROM message WHERE mailbox = ? AND uid = ?').run(mailbox, row.uid);
    tx.sql('INSERT INTO vanished VALUES (?, ?, ?)').run(mailbox, modseq, row.uid);
    tx.sql('INSERT OR REPLACE INTO garbage VALUES (?, ?)').run(row.mail, now);
  }
}

function usageOf(tx: Tx, account: number): { bytes: number; messages: number } {
  return tx
    .sql(
      'SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(messages), 0) AS messages FROM mailbox WHERE account = ?',
    )
    .get(account) as { bytes: number; messages: number };
}

/** Whether so many more octets and messages fit. */
export function fits(tx: Tx, account: number, quota: StoreQuota | undefined, bytes: number, messages: number): boolean {
  if (!quota || (quota.bytes === undefined && quota.messages === undefined)) return true;
  const used = usageOf(tx, account);
  return used.bytes + bytes <= (quota.bytes ?? Infinity) && used.messages + messages <= (quota.messages ?? Infinity);
}
