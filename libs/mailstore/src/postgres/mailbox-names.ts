import { canonicalName, checkName, parentsOf } from '../names.ts';
import { newObjectId } from '../object-id.ts';
import type { SpecialUse } from '../types.ts';
import { StoreError } from '../types.ts';
import type { Sql } from './database.ts';
import { expungeAll, moveAll } from './expunge.ts';
import { lockAccounts, lockMailbox, lockMailboxes } from './locks.ts';
import { mailboxId, needMailboxId } from './mailbox-rows.ts';
import { takeUidValidities } from './uid-validity.ts';

/** Most mailboxes, and most subscriptions, one account may have. */
const MAX_MAILBOXES = 10_000;

/** Makes a mailbox and the parents it lacks (RFC 3501 §6.3.3); resolves to its id. The account is locked; the name is not in use. */
export async function createWithParents(
  sql: Sql,
  account: number,
  name: string,
  specialUse: SpecialUse | null,
): Promise<number> {
  const names = [...parentsOf(name), name];
  const rows = await sql.rows<{ all: number; there: string[] }>(
    'SELECT count(*) AS all, coalesce(array_agg(name) FILTER (WHERE name = ANY($2)), $3) AS there FROM mailbox WHERE account = $1',
    [account, names, []],
  );
  const { all, there } = rows[0] ?? { all: 0, there: [] };
  const missing = names.filter((each) => !there.includes(each));
  if (all + missing.length > MAX_MAILBOXES) throw new StoreError('CANNOT', 'the account has too many mailboxes');
  const first = await takeUidValidities(sql, missing.length);
  const made = await sql.rows<{ id: number; name: string }>(
    `INSERT INTO mailbox (account, name, object_id, special_use, uid_validity)
     SELECT $1, v.name, v.object_id, CASE WHEN v.name = $4 THEN $5::text END, $6::bigint + v.n - 1
     FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS v (name, object_id, n) RETURNING id, name`,
    [account, missing, missing.map(() => newObjectId('F')), name, specialUse, first],
  );
  const id = made.find((row) => row.name === name)?.id;
  if (id === undefined) throw new StoreError('EXISTS', 'the mailbox exists already');
  return id;
}

export async function createMailbox(sql: Sql, account: number, given: string, specialUse?: SpecialUse): Promise<void> {
  const name = checkName(given);
  await lockAccounts(sql, [account]);
  if ((await mailboxId(sql, account, name)) !== undefined) throw new StoreError('EXISTS', 'the mailbox exists already');
  await createWithParents(sql, account, name, specialUse ?? null);
}

export async function setSpecialUse(
  sql: Sql,
  account: number,
  name: string,
  specialUse: SpecialUse | null,
): Promise<void> {
  await lockAccounts(sql, [account]);
  const id = await needMailboxId(sql, account, name);
  await sql.rows('UPDATE mailbox SET special_use = $2 WHERE id = $1', [id, specialUse]);
}

/** Its messages can be brought back for some time; its name, rights and annotations cannot. */
export async function deleteMailbox(sql: Sql, account: number, given: string): Promise<void> {
  const name = canonicalName(given);
  if (name === 'INBOX') throw new StoreError('CANNOT', 'INBOX cannot be deleted');
  await lockAccounts(sql, [account]);
  const mailbox = await lockMailbox(sql, account, await needMailboxId(sql, account, name));
  await expungeAll(sql, mailbox, Date.now());
  await sql.rows('DELETE FROM vanished WHERE mailbox = $1', [mailbox.id]);
  await sql.rows('DELETE FROM acl WHERE mailbox = $1', [mailbox.id]);
  await sql.rows('DELETE FROM annotation WHERE account = $1 AND mailbox = $2', [account, mailbox.id]);
  await sql.rows('DELETE FROM mailbox WHERE id = $1', [mailbox.id]);
}

export async function renameMailbox(sql: Sql, account: number, given: string, target: string): Promise<void> {
  const from = canonicalName(given);
  const to = checkName(target);
  await lockAccounts(sql, [account]);
  const id = await needMailboxId(sql, account, from);
  if ((await mailboxId(sql, account, to)) !== undefined) throw new StoreError('EXISTS', 'the mailbox exists already');
  if (from === 'INBOX') return emptyInbox(sql, account, id, to);
  if (to.startsWith(`${from}/`)) throw new StoreError('CANNOT', 'a mailbox cannot become its own child');
  const parent = parentsOf(to).at(-1);
  if (parent !== undefined && (await mailboxId(sql, account, parent)) === undefined)
    await createWithParents(sql, account, parent, null);
  const moved = await sql.rows<{ id: number; name: string }>(
    'SELECT id, name FROM mailbox WHERE account = $1 AND (name = $2 OR starts_with(name, $3)) ORDER BY id FOR UPDATE',
    [account, from, `${from}/`],
  );
  const names = moved.map((row) => checkName(to + row.name.slice(from.length)));
  await sql.rows(
    'UPDATE mailbox m SET name = v.name FROM unnest($1::bigint[], $2::text[]) AS v (id, name) WHERE m.id = v.id',
    [moved.map((row) => row.id), names],
  );
}

/** RFC 3501 §6.3.5: renaming INBOX moves its messages to a new mailbox and leaves INBOX (and its children) where they are. */
async function emptyInbox(sql: Sql, account: number, inbox: number, to: string): Promise<void> {
  const made = await createWithParents(sql, account, to, null);
  const locked = await lockMailboxes(sql, [inbox, made]);
  const [source, target] = [locked.get(inbox), locked.get(made)];
  if (source && target) await moveAll(sql, source, target);
}

export async function subscribe(sql: Sql, account: number, name: string, on: boolean): Promise<void> {
  if (!on) {
    await sql.rows('DELETE FROM subscription WHERE account = $1 AND name = $2', [account, canonicalName(name)]);
    return;
  }
  await lockAccounts(sql, [account]);
  await sql.rows('INSERT INTO subscription (account, name) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    account,
    checkName(name),
  ]);
  const [row] = await sql.rows<{ n: number }>('SELECT count(*) AS n FROM subscription WHERE account = $1', [account]);
  if ((row?.n ?? 0) > MAX_MAILBOXES) throw new StoreError('CANNOT', 'too many subscriptions');
}
