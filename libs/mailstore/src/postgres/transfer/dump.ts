import { unpackFlags } from '../../flags.ts';
import type { AccountDump, Annotation, DeliveryKey, MailboxDump, MessageDump } from '../../types.ts';
import { StoreError } from '../../types.ts';
import type { Database, Sql } from '../database.ts';
import { needMailboxId } from '../mailbox-rows.ts';
import type { Objects } from '../objects.ts';

export async function accountNames(sql: Sql): Promise<string[]> {
  return (await sql.rows<{ name: string }>('SELECT name FROM account ORDER BY name')).map(({ name }) => name);
}

/** Id of an account that exists; dumping makes none. */
async function accountOf(sql: Sql, name: string): Promise<number> {
  const [row] = await sql.rows<{ id: number }>('SELECT id FROM account WHERE name = $1', [name]);
  if (!row) throw new StoreError('NOT_FOUND', 'no such account');
  return row.id;
}

export function dumpAccount(db: Database, accountId: string): Promise<AccountDump> {
  return db.snapshot(async (sql) => {
    const account = await accountOf(sql, accountId);
    const names = await sql.rows<{ name: string }>('SELECT name FROM subscription WHERE account = $1 ORDER BY name', [
      account,
    ]);
    const rows = await sql.rows<Annotation & { mailbox: number }>(
      'SELECT mailbox, viewer, entry, value FROM annotation WHERE account = $1 ORDER BY viewer, entry',
      [account],
    );
    const annotationsOf = (id: number): Annotation[] =>
      rows.filter(({ mailbox }) => mailbox === id).map(({ viewer, entry, value }) => ({ viewer, entry, value }));
    const mailboxes = await sql.rows<Omit<MailboxDump, 'acl' | 'annotations'> & { id: number }>(
      `SELECT id, name, object_id AS "objectId", special_use AS "specialUse", uid_validity AS "uidValidity", uid_next AS "uidNext",
         modseq AS "highestModseq", recent_from AS "recentFrom", messages FROM mailbox WHERE account = $1 ORDER BY name`,
      [account],
    );
    const entries = await sql.rows<{ mailbox: number; identifier: string; rights: string }>(
      'SELECT mailbox, identifier, rights FROM acl WHERE mailbox = ANY($1) ORDER BY identifier',
      [mailboxes.map(({ id }) => id)],
    );
    return {
      accountId,
      subscriptions: names.map(({ name }) => name),
      annotations: annotationsOf(0),
      mailboxes: mailboxes.map(({ id, ...mailbox }) => ({
        ...mailbox,
        acl: entries.filter((entry) => entry.mailbox === id).map(({ identifier, rights }) => ({ identifier, rights })),
        annotations: annotationsOf(id),
      })),
    };
  });
}

interface Row extends Omit<MessageDump, 'flags' | 'read'> {
  readonly bits: number;
  readonly keywords: string | null;
  readonly content: number;
  readonly object: string | null;
}

export async function dumpMessages(
  db: Database,
  objects: Objects,
  accountId: string,
  name: string,
  afterUid: number,
  limit: number,
): Promise<MessageDump[]> {
  const mailbox = await needMailboxId(db, await accountOf(db, accountId), name);
  const rows = await db.rows<Row>(
    `SELECT m.uid, m.flags AS bits, m.keywords, m.modseq, m.date AS "internalDate", m.saved AS "savedAt", p.email_id AS "emailId",
       p.thread_id AS "threadId", p.prefix, encode(c.sha256, 'hex') AS sha256, c.size, c.id AS content, c.object
     FROM message m JOIN mail p ON p.id = m.mail JOIN content c ON c.id = p.content
     WHERE m.mailbox = $1 AND m.uid > $2 ORDER BY m.uid LIMIT $3`,
    [mailbox, afterUid, limit],
  );
  return rows.map(({ bits, keywords, content, object, ...row }) => ({
    ...row,
    flags: unpackFlags(bits, keywords),
    read: () => (object === null ? inlineOctets(db, content) : objects.read(object, row.uid, 0, row.size)),
  }));
}

async function* inlineOctets(db: Database, content: number): AsyncGenerator<Uint8Array> {
  const [row] = await db.rows<{ bytes: Buffer }>('SELECT bytes FROM content WHERE id = $1', [content]);
  if (!row) throw new StoreError('NOT_FOUND', 'a message was removed while it was copied');
  yield row.bytes;
}

export function dumpDeliveries(sql: Sql, after: DeliveryKey | null, limit: number): Promise<DeliveryKey[]> {
  return sql.rows<DeliveryKey>(
    `SELECT a.name AS "accountId", d.queue_id AS "queueId", d.recipient AS "finalRecipient", d.at
     FROM delivery d JOIN account a ON a.id = d.account
     WHERE d.queue_id >= $1 AND (d.queue_id, a.name, d.recipient) > ($1, $2, $3) ORDER BY d.queue_id, a.name, d.recipient LIMIT $4`,
    [after?.queueId ?? '', after?.accountId ?? '', after?.finalRecipient ?? '', limit],
  );
}
