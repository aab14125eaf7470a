import { checkSearchKey } from '../../search-key.ts';
import type { SearchProgress, SearchResult, StoreSearchKey } from '../../types.ts';
import type { Database, Sql } from '../database.ts';
import { mailContents, textOf } from '../index/text.ts';
import { checkMailbox } from '../mailbox-rows.ts';
import type { Objects } from '../objects.ts';
import { packedUids, unpackUids } from '../packed.ts';
import { type Compiled, compile, type Condition } from './compile.ts';
import { asksForBody, type Candidate, meets } from './evaluate.ts';

/** Messages whose text is read at once, and how often progress is told. */
const PAGE = 200;
const PROGRESS_MS = 1_000;

export interface SearchCall {
  readonly account: number;
  readonly mailbox: number;
  readonly key: StoreSearchKey;
  readonly progress: SearchProgress | undefined;
}

interface Found {
  readonly uids: Buffer | null;
  readonly modseq: number | null;
}

/**
 * The index answers for what it has; messages it does not have yet are looked through, those only that may meet the key whatever
 * their text is. Both lists are of one instant, so that a message which is indexed meanwhile is in one of them, and in one only.
 */
export async function search(db: Database, objects: Objects, call: SearchCall): Promise<SearchResult> {
  const { account, mailbox, key } = call;
  checkSearchKey(key);
  const compiled = compile(key, account, mailbox);
  if (!compiled.text) {
    await checkMailbox(db, account, mailbox);
    const found = await find(db, compiled.exact, '');
    return { uids: unpackUids(found.uids), modseq: found.modseq ?? 0 };
  }
  const { indexed, candidates } = await db.snapshot((sql) => both(sql, call, compiled));
  const matches = await lookThrough(db, objects, candidates, call);
  const uids = unpackUids(indexed.uids);
  const modseq = matches.reduce((highest, message) => Math.max(highest, message.modseq), indexed.modseq ?? 0);
  if (matches.length === 0) return { uids, modseq };
  return { uids: Uint32Array.from([...uids, ...matches.map(({ uid }) => uid)]).sort(), modseq };
}

const NONE: Found = { uids: null, modseq: null };
const PENDING = 'EXISTS (SELECT 1 FROM index_queue q WHERE q.mail = m.mail)';

async function find(sql: Sql, { sql: condition, values }: Condition, more: string): Promise<Found> {
  const [found] = await sql.once<Found>(
    `SELECT ${packedUids('m.uid')} AS uids, max(m.modseq) AS modseq FROM message m WHERE m.mailbox = $1${more} AND ${condition}`,
    values,
  );
  return found ?? NONE;
}

async function both(
  sql: Sql,
  { account, mailbox }: SearchCall,
  { exact, possible, inexact }: Compiled,
): Promise<{ indexed: Found; candidates: readonly Candidate[] }> {
  await checkMailbox(sql, account, mailbox);
  if (inexact) return { indexed: NONE, candidates: await candidatesOf(sql, possible, '') };
  const [queue] = await sql.rows<{ any: boolean }>('SELECT EXISTS (SELECT 1 FROM index_queue) AS any');
  if (!queue?.any) return { indexed: await find(sql, exact, ''), candidates: [] };
  const indexed = await find(sql, exact, ` AND NOT ${PENDING}`);
  return { indexed, candidates: await candidatesOf(sql, possible, ` AND ${PENDING}`) };
}

function candidatesOf(sql: Sql, { sql: condition, values }: Condition, more: string): Promise<Candidate[]> {
  return sql.once<Candidate>(
    `SELECT m.uid, m.mail, m.flags AS bits, m.keywords, m.modseq, m.date, m.saved, m.size, c.sent_day AS "sentDay",
       p.email_id AS "emailId", p.thread_id AS "threadId"
     FROM message m JOIN mail p ON p.id = m.mail JOIN content c ON c.id = p.content
     WHERE m.mailbox = $1${more} AND ${condition} ORDER BY m.uid`,
    values,
  );
}

async function lookThrough(
  db: Database,
  objects: Objects,
  candidates: readonly Candidate[],
  { key, progress }: SearchCall,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const body = asksForBody(key);
  let told = Date.now();
  for (let at = 0; at < candidates.length; at += PAGE) {
    const page = candidates.slice(at, at + PAGE);
    const byMail = Map.groupBy(page, ({ mail }) => mail);
    for await (const content of mailContents(db, [...byMail.keys()])) {
      const text = await textOf(objects, content, body);
      for (const message of byMail.get(content.mail) ?? []) if (meets(key, message, text)) found.push(message);
    }
    if (progress && Date.now() - told >= PROGRESS_MS) {
      told = Date.now();
      progress(at + page.length, candidates.length);
    }
  }
  return found;
}
