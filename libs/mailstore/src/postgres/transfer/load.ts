import { packFlags } from '../../flags.ts';
import { canonicalName } from '../../names.ts';
import type { AccountDump, DeliveryKey, MailboxDump, MessageDump } from '../../types.ts';
import { StoreError } from '../../types.ts';
import type { Contents } from '../contents.ts';
import type { Prepared } from '../prepared.ts';
import type { Database, Sql } from '../database.ts';
import { lockAccounts, lockMailbox } from '../locks.ts';
import { needMailboxId } from '../mailbox-rows.ts';
import { relatedOf } from '../related.ts';

/** Makes the account without the mailboxes that new accounts have; what is there already stays as it is. */
export function loadAccount(db: Database, dump: AccountDump): Promise<void> {
  return db.transaction(async (sql) => {
    await sql.rows('INSERT INTO account (name) VALUES ($1) ON CONFLICT DO NOTHING', [dump.accountId]);
    const account = await accountOf(sql, dump.accountId);
    await lockAccounts(sql, [account]);
    await sql.rows('INSERT INTO subscription (account, name) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING', [
      account,
      dump.subscriptions,
    ]);
    const highest = Math.max(0, ...dump.mailboxes.map(({ uidValidity }) => uidValidity));
    await sql.rows(
      `INSERT INTO counter AS c (name, value) VALUES ('uid_validity', $1)
       ON CONFLICT (name) DO UPDATE SET value = greatest(c.value, EXCLUDED.value)`,
      [highest],
    );
    for (const mailbox of dump.mailboxes) await loadMailbox(sql, account, mailbox);
    await loadAnnotations(sql, account, 0, dump.annotations);
  });
}

async function accountOf(sql: Sql, name: string): Promise<number> {
  const [row] = await sql.rows<{ id: number }>('SELECT id FROM account WHERE name = $1', [name]);
  if (!row) throw new StoreError('NOT_FOUND', 'no such account');
  return row.id;
}

/** What vanished before is not known here: `changesSince` of any MODSEQ before this one is incomplete. */
async function loadMailbox(sql: Sql, account: number, dump: MailboxDump): Promise<void> {
  const { name, objectId, specialUse, uidValidity, uidNext, highestModseq, recentFrom } = dump;
  await sql.rows(
    `INSERT INTO mailbox (account, name, object_id, special_use, uid_validity, uid_next, modseq, recent_from, vanished_floor)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7) ON CONFLICT (account, name) DO NOTHING`,
    [account, name, objectId, specialUse, uidValidity, uidNext, highestModseq, recentFrom],
  );
  const id = await needMailboxId(sql, account, name);
  await sql.rows(
    `INSERT INTO acl (mailbox, identifier, rights) SELECT $1, * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
    [id, dump.acl.map(({ identifier }) => identifier), dump.acl.map(({ rights }) => rights)],
  );
  await loadAnnotations(sql, account, id, dump.annotations);
}

async function loadAnnotations(
  sql: Sql,
  account: number,
  mailbox: number,
  annotations: AccountDump['annotations'],
): Promise<void> {
  for (const { viewer, entry, value } of annotations) {
    await sql.rows(
      'INSERT INTO annotation (account, mailbox, viewer, entry, value) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      [account, mailbox, viewer, entry, Buffer.from(value)],
    );
  }
}

/** Messages with the UIDs, MODSEQs and ids they had; those whose UID is taken are there already. */
export async function loadMessages(
  db: Database,
  contents: Contents,
  accountId: string,
  name: string,
  messages: readonly MessageDump[],
): Promise<void> {
  if (messages.length === 0) return;
  const account = await accountOf(db, accountId);
  const mailbox = await needMailboxId(db, account, canonicalName(name));
  const there = await db.rows<{ uid: number }>('SELECT uid FROM message WHERE mailbox = $1 AND uid = ANY($2)', [
    mailbox,
    messages.map(({ uid }) => uid),
  ]);
  const known = new Set(there.map(({ uid }) => uid));
  const wanted = messages.filter(({ uid }) => !known.has(uid));
  if (wanted.length === 0) return;
  await contents.file<Prepared, void>(
    async (missing, into) => {
      const seen = new Set<string>();
      for (const message of wanted) {
        const { sha256, size } = message;
        if (seen.has(sha256)) continue;
        seen.add(sha256);
        into.push(await contents.prepare({ sha256, size, inline: null, stream: () => message.read() }, missing));
      }
    },
    async (sql, prepared) => {
      const locked = await lockMailbox(sql, account, mailbox);
      const rows = await contents.rows(sql, prepared);
      const mails = await mailsOf(sql, account, wanted, rows);
      await insertMessages(sql, locked.id, wanted, mails);
      await joinThreads(sql, account, wanted, await relatedOf(sql, rows, prepared));
    },
  );
}

/** A mail per EMAILID: copies of a message share it, as they did where they come from. Ids by EMAILID. */
async function mailsOf(
  sql: Sql,
  account: number,
  messages: readonly MessageDump[],
  contents: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const byEmail = new Map(messages.map((message) => [message.emailId, message]));
  const found = await sql.rows<{ id: number; email: string }>(
    'SELECT id, email_id AS email FROM mail WHERE email_id = ANY($1) AND account = $2',
    [[...byEmail.keys()], account],
  );
  const ids = new Map(found.map(({ id, email }) => [email, id]));
  for (const [email, message] of byEmail) {
    if (ids.has(email)) continue;
    const [made] = await sql.rows<{ id: number }>(
      `WITH made AS (INSERT INTO mail (account, content, prefix, email_id, thread_id) VALUES ($1, $2, $3, $4, $5) RETURNING id)
       INSERT INTO index_queue (mail) SELECT id FROM made RETURNING mail AS id`,
      [account, contents.get(message.sha256.toLowerCase()), Buffer.from(message.prefix), email, message.threadId],
    );
    ids.set(email, made?.id ?? 0);
  }
  return ids;
}

const LOAD = `
  WITH v AS (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
      AS v (uid, mail, flags, keywords, modseq, date, saved, size)),
  made AS (INSERT INTO message (mailbox, uid, mail, flags, keywords, modseq, date, saved, size)
    SELECT $1, uid, mail, flags, keywords, modseq, date, saved, size FROM v ON CONFLICT (mailbox, uid) DO NOTHING
    RETURNING uid, flags, size, modseq)
  UPDATE mailbox m SET uid_next = greatest(m.uid_next, s.uid + 1), modseq = greatest(m.modseq, s.modseq),
    messages = m.messages + s.messages, unseen = m.unseen + s.unseen, bytes = m.bytes + s.bytes, deleted = m.deleted + s.deleted,
    deleted_bytes = m.deleted_bytes + s.deleted_bytes
  FROM (SELECT max(uid) AS uid, max(modseq) AS modseq, count(*) AS messages, count(*) FILTER (WHERE flags & 1 = 0) AS unseen,
      sum(size) AS bytes, count(*) FILTER (WHERE flags & 8 <> 0) AS deleted,
      coalesce(sum(size) FILTER (WHERE flags & 8 <> 0), 0) AS deleted_bytes FROM made) s
  WHERE m.id = $1 AND s.messages > 0`;

async function insertMessages(
  sql: Sql,
  mailbox: number,
  messages: readonly MessageDump[],
  mails: ReadonlyMap<string, number>,
): Promise<void> {
  const packed = messages.map(({ flags }) => packFlags(flags));
  await sql.rows(LOAD, [
    mailbox,
    messages.map(({ uid }) => uid),
    messages.map(({ emailId }) => mails.get(emailId) ?? 0),
    packed.map(({ bits }) => bits),
    packed.map(({ keywords }) => keywords),
    messages.map(({ modseq }) => modseq),
    messages.map(({ internalDate }) => internalDate),
    messages.map(({ savedAt }) => savedAt),
    messages.map(({ prefix, size }) => prefix.length + size),
  ]);
}

/** New mail joins the threads that were brought along. */
async function joinThreads(
  sql: Sql,
  account: number,
  messages: readonly MessageDump[],
  related: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const leads = messages.flatMap(({ sha256, threadId }) =>
    (related.get(sha256.toLowerCase()) ?? []).map((key) => ({ key, threadId })),
  );
  await sql.rows(
    `INSERT INTO thread (account, related, thread_id) SELECT $1, * FROM unnest($2::bigint[], $3::text[]) ON CONFLICT DO NOTHING`,
    [account, leads.map(({ key }) => key), leads.map(({ threadId }) => threadId)],
  );
}

export async function loadDeliveries(
  db: Database,
  keys: readonly DeliveryKey[],
  ids: ReadonlyMap<string, number>,
): Promise<void> {
  await db.rows(
    `INSERT INTO delivery (queue_id, account, recipient, at)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[]) ON CONFLICT DO NOTHING`,
    [
      keys.map(({ queueId }) => queueId),
      keys.map(({ accountId }) => ids.get(accountId)),
      keys.map(({ finalRecipient }) => finalRecipient),
      keys.map(({ at }) => at),
    ],
  );
}
