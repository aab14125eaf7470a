import { newObjectId } from '../../object-id.ts';
import { StoreError } from '../../types.ts';
import { joinThread, summaryOf, threadOf } from './threads.ts';
import type { Tx } from './tx.ts';

/** Mails of a store, all there ever were: the text index counts them in 32 bits. */
const MAX_MAILS = 0xffffffff;

export interface NewMail {
  readonly account: number;
  readonly content: number;
  readonly prefix: Uint8Array;
  /** Of a copy: the message stays what it was. */
  readonly emailId?: string;
  readonly threadId?: string;
}

/** A mail as the message row needs it. */
export interface MailRef {
  readonly mail: number;
  readonly sent: number | null;
  readonly zone: number | null;
}

/** Puts content behind a prefix into an account, with its EMAILID and THREADID. */
export function newMail(tx: Tx, { account, content, prefix, emailId, threadId }: NewMail): MailRef {
  const summary = summaryOf(tx, content);
  if (threadId !== undefined) joinThread(tx, account, summary, threadId);
  const thread = threadId ?? threadOf(tx, account, summary);
  const insert = tx.sql('INSERT INTO mail (account, content, email_id, thread, prefix) VALUES (?, ?, ?, ?, ?)');
  const mail = Number(insert.run(account, content, emailId ?? newObjectId('M'), thread, prefix).lastInsertRowid);
  if (mail > MAX_MAILS) throw new StoreError('CANNOT', 'the store has numbered all the mails it can');
  return { mail, sent: summary.sent, zone: summary.zone };
}

/** The same mail in another account. */
export function mailFor(tx: Tx, account: number, mail: number): number {
  const row = tx.sql('SELECT content, prefix, email_id FROM mail WHERE id = ?').get(mail) as
    { content: number; prefix: Uint8Array; email_id: string } | undefined;
  if (!row) throw new StoreError('UNAVAILABLE', 'a message has lost its content');
  const { content, prefix, email_id: emailId } = row;
  const known = tx
    .sql('SELECT id FROM mail WHERE email_id = ? AND account = ? AND content = ?')
    .get(emailId, account, content) as { id: number } | undefined;
  return known?.id ?? newMail(tx, { account, content, prefix, emailId }).mail;
}
