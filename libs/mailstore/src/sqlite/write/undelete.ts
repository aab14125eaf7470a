import { DELETED } from '../../flags.ts';
import { canonicalName, checkName } from '../../names.ts';
import type { OlderRequest, RestoreRequest } from '../protocol.ts';
import { createWithParents } from './mailboxes.ts';
import { addMessage, messagesOf, type NewMessage, removeMessages } from './rows.ts';
import type { Tx } from './tx.ts';

/** Rows of one transaction, so that deliveries get their turn. */
const STEP = 1000;

interface ExpungedRow extends NewMessage {
  readonly mailbox: string;
}

/** Puts expunged messages back with new UIDs and without `\Deleted`; resolves to how many there were. */
export function restoreExpunged(tx: Tx, request: RestoreRequest): number {
  const account = tx.account(request.account);
  const into = request.mailbox === undefined ? undefined : canonicalName(request.mailbox);
  const take = tx.sql(
    `DELETE FROM expunged WHERE id = ? AND account = ?
     RETURNING mailbox, mail, flags & ${String(~DELETED)} AS bits, keywords, date, size, sent, zone`,
  );
  let restored = 0;
  for (const id of request.ids) {
    const row = take.get(id, account) as ExpungedRow | undefined;
    if (!row) continue;
    const name = into ?? row.mailbox;
    const mailbox = tx.mailboxId(account, name) ?? createWithParents(tx, account, checkName(name), null);
    addMessage(tx, mailbox, row);
    restored++;
  }
  return restored;
}

/** Forgets what was expunged before (ms), a bounded number; call again while the result is not 0. */
export function purgeExpunged(tx: Tx, before: number): number {
  const rows = tx
    .sql('DELETE FROM expunged WHERE id IN (SELECT id FROM expunged WHERE at < ? LIMIT ?) RETURNING mail')
    .all(before, STEP) as unknown as { mail: number }[];
  const now = Date.now();
  for (const { mail } of rows) tx.sql('INSERT OR REPLACE INTO garbage VALUES (?, ?)').run(mail, now);
  return rows.length;
}

/** Forgets UIDs that vanished before (ms), a bounded number; call again while the result is not 0. */
export function purgeVanished(tx: Tx, before: number): number {
  const rows = tx
    .sql(
      `DELETE FROM vanished WHERE (mailbox, modseq, uid) IN
       (SELECT mailbox, modseq, uid FROM vanished WHERE at < ? ORDER BY at LIMIT ?) RETURNING mailbox, modseq`,
    )
    .all(before, STEP) as unknown as { mailbox: number; modseq: number }[];
  const floors = new Map<number, number>();
  for (const { mailbox, modseq } of rows) floors.set(mailbox, Math.max(modseq, floors.get(mailbox) ?? 0));
  for (const [mailbox, floor] of floors)
    tx.sql('UPDATE mailbox SET vanished_floor = max(vanished_floor, ?) WHERE id = ?').run(floor, mailbox);
  return rows.length;
}

/** Expunges messages that came into a mailbox before (ms), a bounded number; call again while the result is not 0. */
export function expungeOlder(tx: Tx, request: OlderRequest): number {
  const account = tx.account(request.account);
  // it may have gone since it was found to have old messages
  if (!tx.sql('SELECT 1 FROM mailbox WHERE id = ? AND account = ?').get(request.mailbox, account)) return 0;
  const uids = tx
    .sql('SELECT uid FROM message WHERE mailbox = ? AND saved_at < ? LIMIT ?')
    .all(request.mailbox, request.before, STEP) as unknown as { uid: number }[];
  const rows = messagesOf(
    tx,
    request.mailbox,
    uids.map((row) => row.uid),
  );
  removeMessages(tx, tx.mailbox(account, request.mailbox), rows, 'expunged');
  return rows.length;
}
