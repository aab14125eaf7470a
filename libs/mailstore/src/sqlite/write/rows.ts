import type { PackedFlags } from '../../flags.ts';
import { DELETED, SEEN } from '../../flags.ts';
import type { StoreQuota } from '../../types.ts';
import { StoreError } from '../../types.ts';
import type { MailboxRow, Tx } from './tx.ts';

export interface NewMessage extends PackedFlags {
  readonly mail: number;
  readonly date: number;
  readonly size: number;
  readonly sent: number | null;
  readonly zone: number | null;
}

/** What counters of a mailbox a message adds to. */
const ADD = `messages = messages + 1, unseen = unseen + ?, bytes = bytes + ?, deleted = deleted + ?, deleted_bytes = deleted_bytes + ?`;

function counted(message: PackedFlags & { readonly size: number }): number[] {
  const deleted = message.bits & DELETED ? 1 : 0;
  return [message.bits & SEEN ? 0 : 1, message.size, deleted, deleted * message.size];
}

/** Puts one message into a mailbox: next UID, next MODSEQ. The transaction is the lock that keeps commit order MODSEQ order. */
export function addMessage(tx: Tx, mailbox: number, message: NewMessage): { uid: number; modseq: number } {
  const row = tx
    .sql(
      `UPDATE mailbox SET uid_next = uid_next + 1, modseq = modseq + 1, ${ADD} WHERE id = ? RETURNING uid_next - 1 AS uid, modseq`,
    )
    .get(...counted(message), mailbox) as { uid: number; modseq: number } | undefined;
  if (!row) throw new StoreError('NOT_FOUND', 'no such mailbox');
  // RFC 3501 §2.3.1.1: a UID is an nz-number of 32 bits
  if (row.uid > 0xffffffff) throw new StoreError('CANNOT', 'the mailbox has no UIDs left');
  insertMessage(tx, mailbox, { ...message, ...row, savedAt: Date.now() });
  return row;
}

/** Puts one message in under the UID and MODSEQ it has in another store. */
export function placeMessage(tx: Tx, mailbox: number, message: NewMessage & Placed): void {
  tx.sql(`UPDATE mailbox SET ${ADD}, uid_next = max(uid_next, ?), modseq = max(modseq, ?) WHERE id = ?`).run(
    ...counted(message),
    message.uid + 1,
    message.modseq,
    mailbox,
  );
  insertMessage(tx, mailbox, message);
}

interface Placed {
  readonly uid: number;
  readonly modseq: number;
  readonly savedAt: number;
}

function insertMessage(tx: Tx, mailbox: number, message: NewMessage & Placed): void {
  tx.sql(
    `INSERT INTO message (mailbox, uid, mail, flags, keywords, modseq, date, size, saved_at, sent, zone)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    mailbox,
    message.uid,
    message.mail,
    message.bits,
    message.keywords,
    message.modseq,
    message.date,
    message.size,
    message.savedAt,
    message.sent,
    message.zone,
  );
}

/** A message row as copy, flags and expunge see it. */
export interface StoredRow extends NewMessage {
  readonly uid: number;
  readonly modseq: number;
}

/** Messages among `uids` that exist, in the order given. */
export function messagesOf(tx: Tx, mailbox: number, uids: readonly number[]): StoredRow[] {
  const get = tx.sql(
    'SELECT uid, mail, flags AS bits, keywords, modseq, date, size, sent, zone FROM message WHERE mailbox = ? AND uid = ?',
  );
  const rows: StoredRow[] = [];
  for (const uid of uids) {
    const row = get.get(mailbox, uid) as StoredRow | undefined;
    if (row) rows.push(row);
  }
  return rows;
}

/** Where the mail of a message goes that leaves its mailbox. */
export type Leaving =
  /** Restorable for some time. */
  | 'expunged'
  /** It is in another mailbox of the account already. */
  | 'moved'
  /** Nobody needs it here. */
  | 'gone';

/** Takes messages out of a mailbox under one new MODSEQ and remembers their UIDs for those who resynchronise. */
export function removeMessages(tx: Tx, mailbox: MailboxRow, rows: readonly StoredRow[], leaving: Leaving): void {
  if (rows.length === 0) return;
  const total = [0, 0, 0, 0];
  for (const row of rows) counted(row).forEach((n, i) => (total[i] = (total[i] ?? 0) + n));
  const { modseq } = tx
    .sql(
      `UPDATE mailbox SET modseq = modseq + 1, messages = messages - ?, unseen = unseen - ?, bytes = bytes - ?,
       deleted = deleted - ?, deleted_bytes = deleted_bytes - ? WHERE id = ? RETURNING modseq`,
    )
    .get(rows.length, ...total, mailbox.id) as { modseq: number };
  const now = Date.now();
  for (const row of rows) {
    if (leaving === 'expunged') keepExpunged(tx, mailbox, row.uid, now);
    else if (leaving === 'gone') tx.sql('INSERT OR REPLACE INTO garbage VALUES (?, ?)').run(row.mail, now);
    tx.sql('DELETE FROM message WHERE mailbox = ? AND uid = ?').run(mailbox.id, row.uid);
    tx.sql('INSERT INTO vanished (mailbox, modseq, uid, at) VALUES (?, ?, ?, ?)').run(mailbox.id, modseq, row.uid, now);
  }
}

/** Remembers a message, or (uid null) all of a mailbox, so that they can be brought back. */
export function keepExpunged(tx: Tx, mailbox: MailboxRow, uid: number | null, now: number): void {
  const which = uid === null ? '' : ' AND uid = ?5';
  tx.sql(
    `INSERT INTO expunged (account, mailbox, uid, mail, flags, keywords, date, size, sent, zone, at)
     SELECT ?1, ?2, uid, mail, flags, keywords, date, size, sent, zone, ?3 FROM message WHERE mailbox = ?4${which} ORDER BY uid`,
  ).run(mailbox.account, mailbox.name, now, mailbox.id, ...(uid === null ? [] : [uid]));
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
