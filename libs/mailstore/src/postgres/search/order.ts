import { threadBySubject } from '../../thread/ordered-subject.ts';
import { threadByReferences } from '../../thread/references.ts';
import type { SearchResult, SortCriterion, ThreadAlgorithm, ThreadNode } from '../../types.ts';
import type { Sql } from '../database.ts';
import { packedUids, unpackUids } from '../packed.ts';

/** Columns by which the database sorts: keys are made at delivery, in the form in which octets compare as RFC 5051 has it. */
const COLUMNS: Record<SortCriterion['by'], string> = {
  arrival: 'm.date',
  date: 'coalesce(c.sent, m.date)',
  size: 'm.size',
  subject: 'c.sort_subject',
  from: 'c.sort_from',
  to: 'c.sort_to',
  cc: 'c.sort_cc',
  displayfrom: 'c.sort_displayfrom',
  displayto: 'c.sort_displayto',
};
/** Sorting by one thing twice changes nothing; there are only so many things. */
const MAX_CRITERIA = 20;

/** The messages found, in the order of RFC 5256 §3. */
export async function sortFound(
  sql: Sql,
  mailbox: number,
  found: SearchResult,
  criteria: readonly SortCriterion[],
): Promise<SearchResult> {
  if (criteria.length === 0 || found.uids.length < 2) return found;
  const keys = criteria.slice(0, MAX_CRITERIA).map(({ by, reverse }) => `${COLUMNS[by]}${reverse ? ' DESC' : ''}`);
  const [row] = await sql.once<{ uids: Buffer | null }>(
    `SELECT ${packedUids([...keys, 'm.uid'].join(', '))} AS uids
     FROM message m JOIN mail p ON p.id = m.mail JOIN content c ON c.id = p.content WHERE m.mailbox = $1 AND m.uid = ANY($2)`,
    [mailbox, [...found.uids]],
  );
  return { uids: unpackUids(row?.uids ?? null), modseq: found.modseq };
}

interface Row {
  readonly uid: number;
  readonly sent: number | null;
  readonly internalDate: number;
  readonly baseSubject: string;
  readonly isReply: boolean;
  readonly messageId: string | null;
  readonly refs: string;
}

export async function threadFound(
  sql: Sql,
  mailbox: number,
  uids: Uint32Array,
  algorithm: ThreadAlgorithm,
): Promise<ThreadNode[]> {
  const rows = await sql.rows<Row>(
    `SELECT m.uid, c.sent, m.date AS "internalDate", c.sort_subject AS "baseSubject", c.is_reply AS "isReply",
       c.message_id AS "messageId", c.refs
     FROM message m JOIN mail p ON p.id = m.mail JOIN content c ON c.id = p.content WHERE m.mailbox = $1 AND m.uid = ANY($2)`,
    [mailbox, [...uids]],
  );
  const messages = rows.map(({ refs, ...row }) => ({ ...row, references: refs === '' ? [] : refs.split(' ') }));
  return algorithm === 'references' ? threadByReferences(messages) : threadBySubject(messages);
}
