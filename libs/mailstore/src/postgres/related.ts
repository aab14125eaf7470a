import { relatedIds } from '../summary.ts';
import type { Prepared } from './prepared.ts';
import type { Sql } from './database.ts';
import { relatedKey } from './threads.ts';

/** Keys of the ids that each content belongs together with others by, by hash: of those just described, and of those in the store. */
export async function relatedOf(
  sql: Sql,
  rows: ReadonlyMap<string, number>,
  prepared: readonly Prepared[],
): Promise<Map<string, readonly string[]>> {
  const related = new Map<string, readonly string[]>();
  for (const { sha256, spooled } of prepared)
    if (spooled) related.set(sha256, relatedIds(spooled.description.summary).map(relatedKey));
  const unknown = [...rows].filter(([sha256]) => !related.has(sha256));
  if (unknown.length === 0) return related;
  const stored = await sql.rows<{ id: number; related: string[] }>(
    'SELECT id, related::text[] AS related FROM content WHERE id = ANY($1)',
    [unknown.map(([, id]) => id)],
  );
  for (const [sha256, id] of unknown) related.set(sha256, stored.find((row) => row.id === id)?.related ?? []);
  return related;
}
