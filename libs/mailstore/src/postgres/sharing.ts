import { canonicalRights, checkIdentifier, MAX_ACL_ENTRIES } from '../acl.ts';
import type { AclEntry, Annotation, AnnotationChange, Mailbox, SharedMailbox } from '../types.ts';
import { StoreError } from '../types.ts';
import type { Sql } from './database.ts';
import { lockAccounts, lockMailbox } from './locks.ts';
import { checkMailbox, MAILBOX, toMailbox } from './mailbox-rows.ts';

/** Entries of the account itself stand under this mailbox. */
const NO_MAILBOX = 0;

export async function acl(sql: Sql, account: number, mailboxId: number): Promise<AclEntry[]> {
  await checkMailbox(sql, account, mailboxId);
  return sql.rows<AclEntry>('SELECT identifier, rights FROM acl WHERE mailbox = $1 ORDER BY identifier', [mailboxId]);
}

export async function setAcl(
  sql: Sql,
  account: number,
  mailboxId: number,
  identifier: string,
  given: string,
): Promise<void> {
  const name = checkIdentifier(identifier);
  const rights = canonicalRights(given);
  await lockMailbox(sql, account, mailboxId);
  if (rights === '') {
    await sql.rows('DELETE FROM acl WHERE mailbox = $1 AND identifier = $2', [mailboxId, name]);
    return;
  }
  await sql.rows(
    `INSERT INTO acl (mailbox, identifier, rights) VALUES ($1, $2, $3)
     ON CONFLICT (mailbox, identifier) DO UPDATE SET rights = EXCLUDED.rights`,
    [mailboxId, name, rights],
  );
  const [row] = await sql.rows<{ n: number }>('SELECT count(*) AS n FROM acl WHERE mailbox = $1', [mailboxId]);
  if ((row?.n ?? 0) > MAX_ACL_ENTRIES) throw new StoreError('CANNOT', 'too many entries for one mailbox');
}

interface SharedRow extends Mailbox {
  readonly accountId: string;
  readonly identifiers: string[];
  readonly rights: string[];
}

export async function sharedWith(sql: Sql, name: string): Promise<SharedMailbox[]> {
  const rows = await sql.rows<SharedRow>(
    `SELECT ${MAILBOX}, o.name AS "accountId", e.identifiers, e.rights
     FROM mailbox m JOIN account o ON o.id = m.account
     JOIN (SELECT mailbox, array_agg(identifier ORDER BY identifier) AS identifiers, array_agg(rights ORDER BY identifier) AS rights
       FROM acl WHERE mailbox IN (SELECT mailbox FROM acl WHERE identifier IN ($1, 'anyone')) GROUP BY mailbox) e ON e.mailbox = m.id
     WHERE o.name <> $1 ORDER BY o.name, m.name`,
    [name],
  );
  return rows.map((row) => ({
    accountId: row.accountId,
    mailbox: toMailbox(row),
    acl: row.identifiers.map((identifier, i) => ({ identifier, rights: row.rights[i] ?? '' })),
  }));
}

export async function annotations(
  sql: Sql,
  account: number,
  mailboxId: number | null,
  viewer: string,
): Promise<Annotation[]> {
  if (mailboxId !== null) await checkMailbox(sql, account, mailboxId);
  return sql.rows<Annotation>(
    `SELECT viewer, entry, value FROM annotation WHERE account = $1 AND mailbox = $2 AND viewer IN ('', $3) ORDER BY viewer, entry`,
    [account, mailboxId ?? NO_MAILBOX, viewer],
  );
}

export async function annotate(
  sql: Sql,
  account: number,
  mailboxId: number | null,
  changes: readonly AnnotationChange[],
  maxEntries: number,
): Promise<void> {
  if (mailboxId === null) await lockAccounts(sql, [account]);
  else await lockMailbox(sql, account, mailboxId);
  const place = mailboxId ?? NO_MAILBOX;
  for (const { viewer, entry, value } of changes) {
    if (value === null)
      await sql.rows('DELETE FROM annotation WHERE account = $1 AND mailbox = $2 AND viewer = $3 AND entry = $4', [
        account,
        place,
        viewer,
        entry,
      ]);
    else
      await sql.rows(
        `INSERT INTO annotation (account, mailbox, viewer, entry, value) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account, mailbox, viewer, entry) DO UPDATE SET value = EXCLUDED.value`,
        [account, place, viewer, entry, Buffer.from(value)],
      );
  }
  const rows = await sql.rows<{ n: number }>(
    'SELECT count(*) AS n FROM annotation WHERE account = $1 AND mailbox = $2 AND viewer = ANY($3) GROUP BY viewer',
    [account, place, [...new Set(changes.filter(({ value }) => value !== null).map(({ viewer }) => viewer))]],
  );
  if (rows.some(({ n }) => n > maxEntries)) throw new StoreError('OVER_QUOTA', 'too many annotations');
}
