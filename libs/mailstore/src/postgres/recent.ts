import { StoreError } from '../types.ts';
import type { Sql } from './database.ts';

/** RFC 3501 §2.3.2: `\Recent` belongs to the first session that is told of a message. Writes only when there is something to claim. */
export async function claimRecent(sql: Sql, account: number, mailboxId: number): Promise<number> {
  const [seen] = await sql.rows<{ from: number; next: number }>(
    'SELECT recent_from AS from, uid_next AS next FROM mailbox WHERE account = $1 AND id = $2',
    [account, mailboxId],
  );
  if (!seen) throw new StoreError('NOT_FOUND', 'no such mailbox');
  if (seen.from === seen.next) return seen.from;
  const [claimed] = await sql.rows<{ from: number }>(
    `WITH old AS (SELECT id, recent_from FROM mailbox WHERE account = $1 AND id = $2 FOR NO KEY UPDATE)
     UPDATE mailbox m SET recent_from = m.uid_next FROM old WHERE m.id = old.id RETURNING old.recent_from AS from`,
    [account, mailboxId],
  );
  if (!claimed) throw new StoreError('NOT_FOUND', 'no such mailbox');
  return claimed.from;
}
