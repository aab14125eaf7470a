import type { AccountDump, DeliveryKey, MailboxDump, MessageDump } from '../../types.ts';
import { unpackFlags } from '../../flags.ts';
import { StoreError } from '../../types.ts';
import type { Reader } from './reader.ts';
import { aclOf, annotationsOf } from './sharing.ts';

export function accounts(reader: Reader): string[] {
  return (reader.arrays('SELECT name FROM account ORDER BY name').all() as unknown as [string][]).map(([name]) => name);
}

export function dumpAccount(reader: Reader, accountId: string): AccountDump {
  const account = reader.account(accountId);
  return {
    accountId,
    subscriptions: reader.subscriptions(account),
    annotations: annotationsOf(reader, account, 0),
    mailboxes: reader.mailboxes(account).map((mailbox): MailboxDump => ({
      name: mailbox.name,
      objectId: mailbox.objectId,
      specialUse: mailbox.specialUse,
      uidValidity: mailbox.uidValidity,
      uidNext: mailbox.uidNext,
      highestModseq: mailbox.highestModseq,
      recentFrom: mailbox.recentFrom,
      messages: mailbox.messages,
      acl: aclOf(reader, mailbox.id),
      annotations: annotationsOf(reader, account, mailbox.id),
    })),
  };
}

/** A message without its octets, which are read when they are needed. */
type MessageRow = Omit<MessageDump, 'read'>;

export interface DumpPage {
  readonly mailboxId: number;
  readonly messages: readonly MessageRow[];
}

type Row = [number, number, string | null, number, number, number, string, string, Uint8Array, Uint8Array, number];

export function dumpMessages(
  reader: Reader,
  request: { readonly account: string; readonly mailbox: string; readonly afterUid: number; readonly limit: number },
): DumpPage {
  const mailbox = reader.mailboxByName(reader.account(request.account), request.mailbox);
  if (!mailbox) throw new StoreError('NOT_FOUND', 'no such mailbox');
  const rows = reader
    .arrays(
      `SELECT m.uid, m.flags, m.keywords, m.modseq, m.date, m.saved_at, p.email_id, p.thread, p.prefix, c.sha256, c.size
       FROM message m JOIN mail p ON p.id = m.mail JOIN content c ON c.id = p.content
       WHERE m.mailbox = ? AND m.uid > ? ORDER BY m.uid LIMIT ?`,
    )
    .all(mailbox.id, request.afterUid, request.limit) as unknown as Row[];
  const messages = rows.map(
    ([uid, bits, keywords, modseq, internalDate, savedAt, emailId, threadId, prefix, sha256, size]): MessageRow => ({
      uid,
      flags: unpackFlags(bits, keywords),
      modseq,
      internalDate,
      savedAt,
      emailId,
      threadId,
      prefix,
      sha256: Buffer.from(sha256).toString('hex'),
      size,
    }),
  );
  return { mailboxId: mailbox.id, messages };
}

export function dumpDeliveries(
  reader: Reader,
  request: { readonly after: DeliveryKey | null; readonly limit: number },
): DeliveryKey[] {
  const { after } = request;
  const where = after ? 'WHERE (d.queue_id, d.account, d.recipient) > (?, ?, ?)' : '';
  const from = after ? [after.queueId, reader.account(after.accountId), after.finalRecipient] : [];
  const rows = reader
    .sql(
      `SELECT a.name AS accountId, d.queue_id AS queueId, d.recipient AS finalRecipient, d.at
       FROM delivery d JOIN account a ON a.id = d.account ${where}
       ORDER BY d.queue_id, d.account, d.recipient LIMIT ?`,
    )
    .all(...from, request.limit) as unknown as DeliveryKey[];
  return rows.map((row) => ({ ...row }));
}
