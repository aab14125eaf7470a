import { canonicalName, checkName } from '../../names.ts';
import type { DeliveryResult } from '../../types.ts';
import { StoreError } from '../../types.ts';
import type { DeliverRequest, DeliverRow } from '../protocol.ts';
import { ContentTable } from './content.ts';
import { newMail } from './mail.ts';
import { createWithParents } from './mailboxes.ts';
import { addMessage, fits } from './rows.ts';
import type { Tx } from './tx.ts';

/** Files a batch (DESIGN §3.4). The delivery table decides what was delivered; the caller's transaction makes it one fsync. */
export function deliver(tx: Tx, request: DeliverRequest): DeliveryResult[] {
  const contents = new ContentTable(tx, request.contents, request.buffer);
  return request.rows.map((row) => deliverOne(tx, request, contents, row));
}

function deliverOne(tx: Tx, request: DeliverRequest, contents: ContentTable, row: DeliverRow): DeliveryResult {
  const account = tx.account(row.account);
  const size = contents.content(row.content).size + row.prefixSize;
  if (row.quota && !wasDelivered(tx, account, row) && !fits(tx, account, row.quota, size, 1))
    return { status: 'deferred', cause: 'over-quota' };
  // not OR IGNORE: that would take a broken row for a duplicate too
  const { changes } = tx
    .sql('INSERT INTO delivery VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
    .run(row.queueId, account, row.recipient, request.now);
  if (changes === 0) return { status: 'duplicate' };
  const content = contents.id(row.content);
  const prefix = new Uint8Array(request.buffer, row.prefixOffset, row.prefixSize);
  const mail = newMail(tx, { account, content, prefix });
  const mailboxId = targetOf(tx, account, row);
  const { uid, modseq } = addMessage(tx, mailboxId, {
    ...mail,
    bits: row.bits,
    keywords: row.keywords,
    date: row.date,
    size,
  });
  return { status: 'filed', mailboxId, uid, modseq };
}

function wasDelivered(tx: Tx, account: number, row: DeliverRow): boolean {
  const select = tx.sql('SELECT 1 FROM delivery WHERE queue_id = ? AND account = ? AND recipient = ?');
  return select.get(row.queueId, account, row.recipient) !== undefined;
}

/** A missing mailbox is made when asked for and possible; otherwise INBOX takes the message: mail is never lost for a folder's name. */
function targetOf(tx: Tx, account: number, row: DeliverRow): number {
  const found = tx.mailboxId(account, canonicalName(row.mailbox));
  if (found !== undefined) return found;
  if (row.create) {
    try {
      return createWithParents(tx, account, checkName(row.mailbox), null);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
  const inbox = tx.mailboxId(account, 'INBOX');
  if (inbox === undefined) throw new StoreError('UNAVAILABLE', 'the account has no INBOX');
  return inbox;
}

/** Forgets delivery keys older than `before` (ms), a bounded number per transaction; call again while the result is not 0. */
export function purgeDeliveries(tx: Tx, before: number): number {
  const purge = tx.sql(
    `DELETE FROM delivery WHERE (queue_id, account, recipient) IN (SELECT queue_id, account, recipient FROM delivery WHERE at < ? LIMIT 5000)`,
  );
  return Number(purge.run(before).changes);
}
