import type { Sql } from './database.ts';

/**
 * The first of `count` UIDVALIDITY values, each given out once in this store and greater than all before. The counter is one row for
 * everybody: a transaction takes them after locking accounts and before locking mailboxes (locks.ts), and ends soon.
 */
export async function takeUidValidities(sql: Sql, count: number): Promise<number> {
  const [row] = await sql.rows<{ last: number }>(
    `INSERT INTO counter AS c (name, value) VALUES ('uid_validity', $1::bigint + $2 - 1)
     ON CONFLICT (name) DO UPDATE SET value = greatest(c.value + 1, $1) + $2 - 1 RETURNING value AS last`,
    [Math.floor(Date.now() / 1000), count],
  );
  return (row?.last ?? 0) - count + 1;
}
