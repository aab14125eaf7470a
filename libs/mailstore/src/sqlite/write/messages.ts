import { applyFlags, DELETED, packFlags, SEEN, unpackFlags } from '../../flags.ts';
import { canonicalName } from '../../names.ts';
import type { AppendResult, CopyResult, FlaggedMessage, FlagResult } from '../../types.ts';
import { StoreError } from '../../types.ts';
import type { AppendRequest, CopyRequest, FlagsRequest, MailboxRequest } from '../protocol.ts';
import { ContentTable } from './content.ts';
import { addMessage, fits, messagesOf, removeMessages } from './rows.ts';
import type { MailboxRow, Tx } from './tx.ts';

const NO_PREFIX = new Uint8Array(0);

function targetByName(tx: Tx, account: number, name: string): MailboxRow {
  const id = tx.mailboxId(account, canonicalName(name));
  if (id === undefined) throw new StoreError('NOT_FOUND', 'no such mailbox');
  return tx.mailbox(account, id);
}

export function append(tx: Tx, request: AppendRequest): AppendResult[] {
  const contents = new ContentTable(tx, request.contents, request.buffer);
  const account = tx.account(request.account);
  const target = targetByName(tx, account, request.mailbox);
  const bytes = request.contents.reduce((n, content) => n + content.size, 0);
  if (!fits(tx, account, request.quota, bytes, request.rows.length))
    throw new StoreError('OVER_QUOTA', 'quota exceeded');
  return request.rows.map((row, i) => {
    const content = contents.id(i);
    const mail = Number(
      tx.sql('INSERT INTO mail (content, prefix) VALUES (?, ?)').run(content, NO_PREFIX).lastInsertRowid,
    );
    const added = addMessage(tx, target.id, { ...row, mail, size: contents.content(i).size });
    return { mailboxId: target.id, uidValidity: target.uid_validity, ...added };
  });
}

export function copy(tx: Tx, request: CopyRequest): CopyResult {
  const account = tx.account(request.account);
  tx.mailbox(account, request.mailbox);
  const target = targetByName(tx, account, request.target);
  const rows = messagesOf(tx, request.mailbox, request.uids);
  const bytes = rows.reduce((n, row) => n + row.size, 0);
  if (!fits(tx, account, request.quota, bytes, rows.length)) throw new StoreError('OVER_QUOTA', 'quota exceeded');
  return {
    mailboxId: target.id,
    uidValidity: target.uid_validity,
    source: rows.map((row) => row.uid),
    target: rows.map((row) => addMessage(tx, target.id, row).uid),
  };
}

/** RFC 6851: nobody sees a moment with both or neither. */
export function move(tx: Tx, request: CopyRequest): CopyResult {
  const account = tx.account(request.account);
  const result = copy(tx, { ...request, quota: undefined });
  tx.mailbox(account, request.mailbox);
  removeMessages(tx, request.mailbox, messagesOf(tx, request.mailbox, result.source));
  return result;
}

export function storeFlags(tx: Tx, request: FlagsRequest): FlagResult {
  const account = tx.account(request.account);
  const mailbox = tx.mailbox(account, request.mailbox);
  const change = packFlags(request.change.flags);
  const messages: FlaggedMessage[] = [];
  const refused: number[] = [];
  const modseq = mailbox.modseq + 1;
  let unseen = 0;
  let changed = 0;
  for (const row of messagesOf(tx, mailbox.id, request.uids)) {
    if (request.change.unchangedSince !== undefined && row.modseq > request.change.unchangedSince) {
      refused.push(row.uid);
      continue;
    }
    const next = applyFlags(row, request.change.mode, change);
    const flags = unpackFlags(next.bits, next.keywords);
    if (next.bits === row.bits && next.keywords === row.keywords) {
      messages.push({ uid: row.uid, flags, modseq: row.modseq, previousModseq: row.modseq });
      continue;
    }
    tx.sql('UPDATE message SET flags = ?, keywords = ?, modseq = ? WHERE mailbox = ? AND uid = ?').run(
      next.bits,
      next.keywords,
      modseq,
      mailbox.id,
      row.uid,
    );
    unseen += (row.bits & SEEN) - (next.bits & SEEN);
    changed++;
    messages.push({ uid: row.uid, flags, modseq, previousModseq: row.modseq });
  }
  if (changed > 0)
    tx.sql('UPDATE mailbox SET modseq = ?, unseen = unseen + ? WHERE id = ?').run(modseq, unseen, mailbox.id);
  return { messages, refused };
}

export function expunge(tx: Tx, request: MailboxRequest): number[] {
  const account = tx.account(request.account);
  const mailbox = tx.mailbox(account, request.mailbox);
  const deleted = tx
    .sql(`SELECT uid FROM message WHERE mailbox = ? AND flags & ${String(DELETED)} ORDER BY uid`)
    .all(mailbox.id) as unknown as { uid: number }[];
  const among = request.uids ? new Set(request.uids) : null;
  const uids = deleted.map((row) => row.uid).filter((uid) => !among || among.has(uid));
  removeMessages(tx, mailbox.id, messagesOf(tx, mailbox.id, uids));
  return uids;
}
