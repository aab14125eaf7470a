import { DELETED } from '../../flags.ts';
import { canonicalName } from '../../names.ts';
import type { AppendResult, CopyResult } from '../../types.ts';
import { StoreError } from '../../types.ts';
import type { AppendRequest, CopyRequest, MailboxRequest } from '../protocol.ts';
import { ContentTable } from './content.ts';
import { mailFor, newMail } from './mail.ts';
import { addMessage, fits, messagesOf, removeMessages, type StoredRow } from './rows.ts';
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
  const replaced = replacedBy(tx, account, request);
  const bytes = request.contents.reduce((n, content) => n + content.size, 0) - (replaced?.rows[0]?.size ?? 0);
  if (!fits(tx, account, request.quota, bytes, request.rows.length - (replaced ? 1 : 0)))
    throw new StoreError('OVER_QUOTA', 'quota exceeded');
  const results = request.rows.map((row, i) => {
    const mail = newMail(tx, { account, content: contents.id(i), prefix: NO_PREFIX });
    const added = addMessage(tx, target.id, { ...row, ...mail, size: contents.content(i).size });
    return { mailboxId: target.id, uidValidity: target.uid_validity, ...added };
  });
  if (replaced) removeMessages(tx, replaced.mailbox, replaced.rows, 'expunged');
  return results;
}

/** The message REPLACE takes away (RFC 8508 §3.3: all or nothing). */
function replacedBy(
  tx: Tx,
  account: number,
  { replaces }: AppendRequest,
): { mailbox: MailboxRow; rows: StoredRow[] } | null {
  if (!replaces) return null;
  const mailbox = tx.mailbox(account, replaces.mailboxId);
  const rows = messagesOf(tx, mailbox.id, [replaces.uid]);
  if (rows.length === 0) throw new StoreError('NOT_FOUND', 'the message to be replaced is gone');
  return { mailbox, rows };
}

export function copy(tx: Tx, request: CopyRequest): CopyResult {
  return transfer(tx, request).result;
}

/** RFC 6851: nobody sees a moment with both or neither. Inside one account the quota is not met again. */
export function move(tx: Tx, request: CopyRequest): CopyResult {
  const inside = request.target.account === request.account;
  const { result, source } = transfer(tx, inside ? { ...request, quota: undefined } : request);
  // as it is now: the target may be the same mailbox
  const mailbox = tx.mailbox(source.account, source.id);
  removeMessages(tx, mailbox, messagesOf(tx, source.id, result.source), inside ? 'moved' : 'gone');
  return result;
}

interface Transfer {
  readonly result: CopyResult;
  readonly source: MailboxRow;
}

function transfer(tx: Tx, request: CopyRequest): Transfer {
  const account = tx.account(request.account);
  const source = tx.mailbox(account, request.mailbox);
  const owner = tx.account(request.target.account);
  const target = targetByName(tx, owner, request.target.name);
  const rows = messagesOf(tx, request.mailbox, request.uids);
  const bytes = rows.reduce((n, row) => n + row.size, 0);
  if (!fits(tx, owner, request.quota, bytes, rows.length)) throw new StoreError('OVER_QUOTA', 'quota exceeded');
  const across = owner !== account;
  const put = (row: StoredRow): number =>
    addMessage(tx, target.id, across ? { ...row, mail: mailFor(tx, owner, row.mail) } : row).uid;
  const result = {
    mailboxId: target.id,
    uidValidity: target.uid_validity,
    source: rows.map((row) => row.uid),
    target: rows.map(put),
  };
  return { result, source };
}

export function expunge(tx: Tx, request: MailboxRequest): number[] {
  const mailbox = tx.mailbox(tx.account(request.account), request.mailbox);
  const deleted = tx
    .sql(`SELECT uid FROM message WHERE mailbox = ? AND flags & ${String(DELETED)} ORDER BY uid`)
    .all(mailbox.id) as unknown as { uid: number }[];
  const among = request.uids ? new Set(request.uids) : null;
  const uids = deleted.map((row) => row.uid).filter((uid) => !among || among.has(uid));
  removeMessages(tx, mailbox, messagesOf(tx, mailbox.id, uids), 'expunged');
  return uids;
}
