import type { AclEntry, Annotation, ExpungedFilter, ExpungedMessage, SharedMailbox } from '../../types.ts';
import { unpackFlags } from '../../flags.ts';
import { canonicalName } from '../../names.ts';
import type { Reader } from './reader.ts';

/** Expunged messages listed when no limit is given. */
const MAX_LISTED = 10_000;

interface OfMailbox {
  readonly account: string;
  readonly mailbox: number;
}

export function acl(reader: Reader, request: OfMailbox): AclEntry[] {
  reader.mailboxById(reader.account(request.account), request.mailbox);
  return aclOf(reader, request.mailbox);
}

export function aclOf(reader: Reader, mailbox: number): AclEntry[] {
  const rows = reader.sql('SELECT identifier, rights FROM acl WHERE mailbox = ? ORDER BY identifier').all(mailbox);
  return (rows as unknown as AclEntry[]).map(({ identifier, rights }) => ({ identifier, rights }));
}

/** Mailboxes of others with an entry for the account or for everybody. */
export function sharedWith(reader: Reader, account: string): SharedMailbox[] {
  const rows = reader
    .sql(
      `SELECT DISTINCT a.id AS owner, a.name AS accountId, b.id AS mailbox, b.name FROM acl e
       JOIN mailbox b ON b.id = e.mailbox JOIN account a ON a.id = b.account
       WHERE e.identifier IN (?1, 'anyone') AND a.name <> ?1 ORDER BY a.name, b.name`,
    )
    .all(account) as unknown as { owner: number; accountId: string; mailbox: number }[];
  return rows.map(({ owner, accountId, mailbox }) => ({
    accountId,
    mailbox: reader.mailboxById(owner, mailbox),
    acl: aclOf(reader, mailbox),
  }));
}

export function annotations(
  reader: Reader,
  request: { readonly account: string; readonly mailbox: number | null; readonly viewer: string },
): Annotation[] {
  const account = reader.account(request.account);
  if (request.mailbox !== null) reader.mailboxById(account, request.mailbox);
  return annotationsOf(reader, account, request.mailbox ?? 0).filter(
    ({ viewer }) => viewer === '' || viewer === request.viewer,
  );
}

/** All of a mailbox, or (0) of the account itself. */
export function annotationsOf(reader: Reader, account: number, mailbox: number): Annotation[] {
  const select = 'SELECT viewer, entry, value FROM annotation WHERE account = ? AND mailbox = ? ORDER BY viewer, entry';
  const rows = reader.sql(select).all(account, mailbox) as unknown as Annotation[];
  return rows.map(({ viewer, entry, value }) => ({ viewer, entry, value }));
}

interface ExpungedRow extends Omit<ExpungedMessage, 'flags'> {
  readonly bits: number;
  readonly keywords: string | null;
}

export function listExpunged(
  reader: Reader,
  request: { readonly account: string; readonly filter: ExpungedFilter },
): ExpungedMessage[] {
  const { mailbox, since = 0, limit = MAX_LISTED } = request.filter;
  const name = mailbox === undefined ? null : canonicalName(mailbox);
  const rows = reader
    .sql(
      `SELECT e.id, e.mailbox, e.uid, e.flags AS bits, e.keywords, e.at AS expungedAt, e.date AS internalDate, e.size,
         s.subject, s.sender AS "from"
       FROM expunged e JOIN mail p ON p.id = e.mail JOIN summary s ON s.content = p.content
       WHERE e.account = ?1 AND e.at >= ?2 AND (?3 IS NULL OR e.mailbox = ?3) ORDER BY e.at DESC, e.id DESC LIMIT ?4`,
    )
    .all(reader.account(request.account), since, name, Math.min(limit, MAX_LISTED)) as unknown as ExpungedRow[];
  return rows.map(({ bits, keywords, ...row }) => ({ ...row, flags: unpackFlags(bits, keywords) }));
}
