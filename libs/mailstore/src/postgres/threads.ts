import { createHash } from 'node:crypto';
import { newObjectId } from '../object-id.ts';
import { Again } from './errors.ts';
import type { Sql } from './database.ts';

/** A message-id as threads are looked up by it: 64 bits of its hash, as a signed number in digits. */
export function relatedKey(id: string): string {
  return createHash('sha256').update(id).digest().readBigInt64BE().toString();
}

/** A message that is to have a thread. */
export interface Threadless {
  readonly account: number;
  /** Keys of the ids it belongs together with others by, its own first. */
  readonly related: readonly string[];
}

/**
 * THREADID (RFC 8474 §5.2) of each message, in order: that of the first id somebody of this account had or named before; a new one
 * when nobody did. All ids of the message lead to it from now on, unless they led elsewhere already.
 */
export async function threadIds(sql: Sql, messages: readonly Threadless[]): Promise<string[]> {
  const known = await knownThreads(sql, messages);
  const made = new Map<string, { account: number; related: string; thread: string }>();
  const threads = messages.map(({ account, related }) => {
    const keys = related.map((key) => `${String(account)} ${key}`);
    const thread = keys.map((key) => known.get(key)).find((id) => id !== undefined) ?? newObjectId('T');
    keys.forEach((key, i) => {
      if (known.has(key)) return;
      known.set(key, thread);
      made.set(key, { account, related: related[i] ?? '', thread });
    });
    return thread;
  });
  await remember(sql, [...made.values()]);
  return threads;
}

async function knownThreads(sql: Sql, messages: readonly Threadless[]): Promise<Map<string, string>> {
  const pairs = messages.flatMap(({ account, related }) => related.map((key) => ({ account, key })));
  if (pairs.length === 0) return new Map();
  const rows = await sql.rows<{ account: number; related: string; thread: string }>(
    `SELECT t.account, t.related::text AS related, t.thread_id AS thread
     FROM unnest($1::bigint[], $2::bigint[]) AS v (account, related) JOIN thread t USING (account, related)`,
    [pairs.map(({ account }) => account), pairs.map(({ key }) => key)],
  );
  return new Map(rows.map((row) => [`${String(row.account)} ${row.related}`, row.thread]));
}

interface Lead {
  readonly account: number;
  readonly related: string;
  readonly thread: string;
}

/** Another transaction may have made the same lead meanwhile: then this one is run again, and finds it. */
async function remember(sql: Sql, leads: readonly Lead[]): Promise<void> {
  if (leads.length === 0) return;
  const made = await sql.rows(
    `INSERT INTO thread (account, related, thread_id)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS v (account, related, thread_id) ORDER BY account, related
     ON CONFLICT DO NOTHING RETURNING 1`,
    [leads.map(({ account }) => account), leads.map(({ related }) => related), leads.map(({ thread }) => thread)],
  );
  if (made.length < leads.length) throw new Again('a thread was begun by another message at the same time');
}
