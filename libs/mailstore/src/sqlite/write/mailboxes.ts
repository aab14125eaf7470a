import { canonicalName, checkName, parentsOf } from '../../names.ts';
import { StoreError } from '../../types.ts';
import type { MailboxRequest, NameRequest } from '../protocol.ts';
import { addMessage, keepExpunged, messagesOf, removeMessages } from './rows.ts';
import type { Tx } from './tx.ts';

/** Most mailboxes one account may have. */
const MAX_MAILBOXES = 10_000;
/** Seconds: a day. */
const RAISE_BY = 86_400;

/** Makes a mailbox and the parents it lacks (RFC 3501 §6.3.3); resolves to its id. */
export function createWithParents(tx: Tx, account: number, name: string, specialUse: string | null): number {
  const { n } = tx.sql('SELECT count(*) AS n FROM mailbox WHERE account = ?').get(account) as { n: number };
  if (n >= MAX_MAILBOXES) throw new StoreError('CANNOT', 'the account has too many mailboxes');
  for (const parent of parentsOf(name))
    if (tx.mailboxId(account, parent) === undefined) tx.newMailbox(account, parent, null);
  return tx.newMailbox(account, name, specialUse);
}

export function create(tx: Tx, request: NameRequest): number {
  const account = tx.account(request.account);
  const name = checkName(request.name);
  if (tx.mailboxId(account, name) !== undefined) throw new StoreError('EXISTS', 'the mailbox exists already');
  return createWithParents(tx, account, name, request.specialUse ?? null);
}

export function remove(tx: Tx, request: NameRequest): void {
  const account = tx.account(request.account);
  const name = canonicalName(request.name);
  if (name === 'INBOX') throw new StoreError('CANNOT', 'INBOX cannot be deleted');
  const id = tx.mailboxId(account, name);
  if (id === undefined) throw new StoreError('NOT_FOUND', 'no such mailbox');
  keepExpunged(tx, tx.mailbox(account, id), null, Date.now());
  for (const table of ['message', 'vanished', 'acl']) tx.sql(`DELETE FROM ${table} WHERE mailbox = ?`).run(id);
  tx.sql('DELETE FROM annotation WHERE account = ? AND mailbox = ?').run(account, id);
  tx.sql('DELETE FROM mailbox WHERE id = ?').run(id);
  tx.forgetMailboxes();
}

export function rename(tx: Tx, request: NameRequest): void {
  const account = tx.account(request.account);
  const from = canonicalName(request.name);
  const to = checkName(request.to ?? '');
  const id = tx.mailboxId(account, from);
  if (id === undefined) throw new StoreError('NOT_FOUND', 'no such mailbox');
  if (tx.mailboxId(account, to) !== undefined) throw new StoreError('EXISTS', 'the mailbox exists already');
  if (from === 'INBOX') return emptyInbox(tx, account, id, to);
  if (to.startsWith(`${from}/`)) throw new StoreError('CANNOT', 'a mailbox cannot become its own child');
  for (const parent of parentsOf(to))
    if (tx.mailboxId(account, parent) === undefined) tx.newMailbox(account, parent, null);
  const children = tx
    .sql(
      `SELECT id, name FROM mailbox WHERE account = ?1 AND (name = ?2 OR substr(name, 1, length(?2) + 1) = ?2 || '/')`,
    )
    .all(account, from) as unknown as { id: number; name: string }[];
  for (const child of children) {
    const name = checkName(to + child.name.slice(from.length));
    tx.sql('UPDATE mailbox SET name = ? WHERE id = ?').run(name, child.id);
  }
  tx.forgetMailboxes();
}

/** RFC 3501 §6.3.5: renaming INBOX moves its messages to a new mailbox and leaves INBOX (and its children) where they are. */
function emptyInbox(tx: Tx, account: number, inbox: number, to: string): void {
  const target = createWithParents(tx, account, to, null);
  const uids = tx.sql('SELECT uid FROM message WHERE mailbox = ? ORDER BY uid').all(inbox) as { uid: number }[];
  const rows = messagesOf(
    tx,
    inbox,
    uids.map((row) => row.uid),
  );
  for (const row of rows) addMessage(tx, target, row);
  removeMessages(tx, tx.mailbox(account, inbox), rows, 'moved');
}

export function setSpecialUse(tx: Tx, request: NameRequest): void {
  const account = tx.account(request.account);
  const id = tx.mailboxId(account, canonicalName(request.name));
  if (id === undefined) throw new StoreError('NOT_FOUND', 'no such mailbox');
  tx.sql('UPDATE mailbox SET special_use = ? WHERE id = ?').run(request.specialUse ?? null, id);
}

/** RFC 3501 §2.3.2: what came since the last session that asked is recent to this one only. */
export function claimRecent(tx: Tx, request: MailboxRequest): number {
  const { id, recent_from: from } = tx.mailbox(tx.account(request.account), request.mailbox);
  tx.sql('UPDATE mailbox SET recent_from = uid_next WHERE id = ? AND recent_from < uid_next').run(id);
  return from;
}

/**
 * UIDVALIDITY above what may have been given out since a backup was made. Each account counts on from the time in seconds, one for
 * each mailbox made; the leap is more than an account can have been ahead of the clock.
 */
export function raiseUidValidity(tx: Tx): void {
  const now = Math.floor(Date.now() / 1000);
  tx.sql('UPDATE account SET uid_validity = max(uid_validity, ?) + ?').run(now, RAISE_BY);
  for (const { id, account } of tx.sql('SELECT id, account FROM mailbox ORDER BY id').all() as unknown as MailboxKey[])
    tx.sql('UPDATE mailbox SET uid_validity = ? WHERE id = ?').run(tx.uidValidity(account), id);
}

interface MailboxKey {
  readonly id: number;
  readonly account: number;
}

export function subscribe(tx: Tx, request: NameRequest): void {
  const account = tx.account(request.account);
  if (request.on) {
    tx.sql('INSERT INTO subscription VALUES (?, ?) ON CONFLICT DO NOTHING').run(account, checkName(request.name));
    const { n } = tx.sql('SELECT count(*) AS n FROM subscription WHERE account = ?').get(account) as { n: number };
    if (n > MAX_MAILBOXES) throw new StoreError('CANNOT', 'too many subscriptions');
  } else tx.sql('DELETE FROM subscription WHERE account = ? AND name = ?').run(account, canonicalName(request.name));
}
