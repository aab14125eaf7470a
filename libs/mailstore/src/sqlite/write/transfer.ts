import { canonicalRights } from '../../acl.ts';
import type { AccountDump, DeliveryKey, MailboxDump } from '../../types.ts';
import { StoreError } from '../../types.ts';
import type { LoadRequest, LoadRow } from '../protocol.ts';
import { ContentTable } from './content.ts';
import { newMail } from './mail.ts';
import { placeMessage } from './rows.ts';
import { summaryOf } from './threads.ts';
import type { Tx } from './tx.ts';

/** Makes an account as another store has it, without messages; what is there already stays. */
export function loadAccount(tx: Tx, dump: AccountDump): void {
  const account = tx.knownAccount(dump.accountId) ?? tx.emptyAccount(dump.accountId);
  for (const name of dump.subscriptions)
    tx.sql('INSERT INTO subscription VALUES (?, ?) ON CONFLICT DO NOTHING').run(account, name);
  const highest = Math.max(0, ...dump.mailboxes.map((mailbox) => mailbox.uidValidity));
  tx.sql('UPDATE account SET uid_validity = max(uid_validity, ?) WHERE id = ?').run(highest, account);
  const annotate = tx.sql('INSERT INTO annotation VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  for (const { viewer, entry, value } of dump.annotations) annotate.run(account, 0, viewer, entry, value);
  for (const mailbox of dump.mailboxes) {
    const id = loadMailbox(tx, account, mailbox);
    for (const { viewer, entry, value } of mailbox.annotations) annotate.run(account, id, viewer, entry, value);
    for (const { identifier, rights } of mailbox.acl)
      tx.sql('INSERT INTO acl VALUES (?, ?, ?) ON CONFLICT DO NOTHING').run(id, identifier, canonicalRights(rights));
  }
  tx.forgetMailboxes();
}

function loadMailbox(tx: Tx, account: number, dump: MailboxDump): number {
  const known = tx.mailboxId(account, dump.name);
  const id = known ?? tx.newMailbox(account, dump.name, dump.specialUse);
  const { object_id: objectId, uid_next: uidNext } = tx.mailbox(account, id);
  if (known !== undefined && objectId !== dump.objectId && uidNext > 1)
    throw new StoreError('EXISTS', `the account has another mailbox of this name already: ${dump.name}`);
  // one that nobody has used yet, as made for a new account, becomes the copy's; a second loading only counts on
  tx.sql(
    `UPDATE mailbox SET object_id = ?, special_use = ?, uid_validity = ?, uid_next = max(uid_next, ?),
     modseq = max(modseq, ?), vanished_floor = max(vanished_floor, ?), recent_from = max(recent_from, ?) WHERE id = ?`,
  ).run(
    dump.objectId,
    dump.specialUse,
    dump.uidValidity,
    dump.uidNext,
    dump.highestModseq,
    dump.highestModseq,
    dump.recentFrom,
    id,
  );
  return id;
}

/** Files messages under the UIDs they have in another store; those that are there already are left alone. */
export function loadMessages(tx: Tx, request: LoadRequest): void {
  const contents = new ContentTable(tx, request.contents, request.buffer);
  const account = tx.account(request.account);
  const mailbox = tx.mailboxId(account, request.mailbox);
  if (mailbox === undefined) throw new StoreError('NOT_FOUND', 'no such mailbox');
  for (const row of request.rows) {
    if (tx.sql('SELECT 1 FROM message WHERE mailbox = ? AND uid = ?').get(mailbox, row.uid)) continue;
    const content = contents.id(row.content);
    const { emailId, threadId } = row;
    const prefix = new Uint8Array(request.buffer, row.prefixOffset, row.prefixSize);
    const size = contents.content(row.content).size + row.prefixSize;
    const mail =
      knownMail(tx, account, row, content, prefix) ?? newMail(tx, { account, content, prefix, emailId, threadId });
    placeMessage(tx, mailbox, { ...row, ...mail, size });
  }
}

/** Copies of one mail in several mailboxes stay one mail. */
function knownMail(
  tx: Tx,
  account: number,
  row: LoadRow,
  content: number,
  prefix: Uint8Array,
): ReturnType<typeof newMail> | undefined {
  const select = tx.sql('SELECT id FROM mail WHERE email_id = ? AND account = ? AND content = ? AND prefix = ?');
  const found = select.get(row.emailId, account, content, prefix) as { id: number } | undefined;
  if (!found) return undefined;
  const { sent, zone } = summaryOf(tx, content);
  return { mail: found.id, sent, zone };
}

export function loadDeliveries(tx: Tx, keys: readonly DeliveryKey[]): void {
  const insert = tx.sql('INSERT INTO delivery VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  for (const { queueId, accountId, finalRecipient, at } of keys)
    insert.run(queueId, tx.knownAccount(accountId) ?? tx.emptyAccount(accountId), finalRecipient, at);
}
