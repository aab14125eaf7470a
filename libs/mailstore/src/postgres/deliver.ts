import { packFlags, type PackedFlags } from '../flags.ts';
import { canonicalName, checkName } from '../names.ts';
import { newObjectId } from '../object-id.ts';
import type { DeliveryItem, DeliveryResult } from '../types.ts';
import { StoreError } from '../types.ts';
import type { Accounts } from './accounts.ts';
import type { Contents } from './contents.ts';
import type { Prepared } from './prepared.ts';
import type { Sql } from './database.ts';
import { Again } from './errors.ts';
import { fileMessages, Numbers } from './filing.ts';
import { lockAccounts, type LockedMailbox, lockMailboxesByName } from './locks.ts';
import { createWithParents } from './mailbox-names.ts';
import { fits, isLimited, usageOf } from './quota.ts';
import { relatedOf } from './related.ts';
import { threadIds } from './threads.ts';

/** An item of the batch with all that is known of it before the transaction. */
interface Item {
  readonly item: DeliveryItem;
  readonly account: number;
  readonly flags: PackedFlags;
  readonly size: number;
  /** Canonical name of the mailbox asked for; null where INBOX takes the message. */
  readonly wanted: string | null;
}

/** Files a batch (DESIGN §3.4) in one transaction; its number of statements does not depend on the size of the batch. */
export async function deliver(
  batch: readonly DeliveryItem[],
  accounts: Accounts,
  contents: Contents,
): Promise<DeliveryResult[]> {
  if (batch.length === 0) return [];
  const ids = await accounts.ids(batch.map((item) => item.accountId));
  const items = batch.map((item): Item => {
    const name = canonicalName(item.mailbox ?? 'INBOX');
    return {
      item,
      account: ids.get(item.accountId) ?? 0,
      flags: packFlags(item.flags),
      size: item.content.size + item.prefix.length,
      wanted: name === 'INBOX' ? null : name,
    };
  });
  return contents.file<Prepared, DeliveryResult[]>(
    async (missing, into) => {
      const seen = new Set<string>();
      for (const { content } of batch) {
        const sha256 = content.sha256.toLowerCase();
        if (seen.has(sha256)) continue;
        seen.add(sha256);
        into.push(await contents.prepare(content, missing));
      }
    },
    (sql, prepared) => file(sql, items, prepared, contents),
  );
}

async function file(
  sql: Sql,
  items: readonly Item[],
  prepared: readonly Prepared[],
  contents: Contents,
): Promise<DeliveryResult[]> {
  const missing = await missingMailboxes(sql, items);
  const limited = items.filter(({ item }) => isLimited(item.quota)).map(({ account }) => account);
  await lockAccounts(sql, [...limited, ...missing.map(({ account }) => account)]);
  const now = Date.now();
  const fresh = await takeKeys(sql, items, now);
  const fitting = limited.length > 0 ? await withinQuota(sql, items, fresh, limited) : fresh;
  const filed = items.filter((each) => fitting.has(each));
  const results = await fileItems(sql, filed, missing, prepared, contents, now);
  return items.map(
    (each) =>
      results.get(each) ?? (fresh.has(each) ? { status: 'deferred', cause: 'over-quota' } : { status: 'duplicate' }),
  );
}

async function fileItems(
  sql: Sql,
  filed: readonly Item[],
  missing: readonly Place[],
  prepared: readonly Prepared[],
  contents: Contents,
  now: number,
): Promise<Map<Item, DeliveryResult>> {
  if (filed.length === 0) return new Map();
  const places = await placesOf(sql, filed, missing);
  const used = new Set(filed.map(hashOf));
  const rows = await contents.rows(
    sql,
    prepared.filter(({ sha256 }) => used.has(sha256)),
  );
  const related = await relatedOf(sql, rows, prepared);
  const threads = await threadIds(
    sql,
    filed.map((each) => ({ account: each.account, related: related.get(hashOf(each)) ?? [] })),
  );
  const messages = filed.map((each, i) => ({
    mailbox: places[i]?.id ?? 0,
    account: each.account,
    content: rows.get(hashOf(each)) ?? 0,
    prefix: each.item.prefix,
    emailId: newObjectId('M'),
    threadId: threads[i] ?? '',
    ...each.flags,
    date: each.item.internalDate,
    saved: now,
    size: each.size,
  }));
  const numbers = await fileMessages(sql, messages, new Numbers(places));
  return new Map(
    filed.map((each, i): [Item, DeliveryResult] => {
      const { uid = 0, modseq = 0 } = numbers[i] ?? {};
      return [each, { status: 'filed', mailboxId: places[i]?.id ?? 0, uid, modseq }];
    }),
  );
}

function hashOf({ item }: Item): string {
  return item.content.sha256.toLowerCase();
}

interface Place {
  readonly account: number;
  readonly name: string;
}

function keyOf({ account, name }: Place): string {
  return `${String(account)} ${name}`;
}

/** Mailboxes to be made: asked for, not there, and possible. Seen without a lock: the answer counts once their accounts are locked. */
async function missingMailboxes(sql: Sql, items: readonly Item[]): Promise<Place[]> {
  const asked = new Map<string, Place>();
  for (const { item, account, wanted } of items) {
    if (wanted === null || !item.create || !isPossible(wanted)) continue;
    asked.set(keyOf({ account, name: wanted }), { account, name: wanted });
  }
  if (asked.size === 0) return [];
  for (const place of await existing(sql, [...asked.values()])) asked.delete(keyOf(place));
  return [...asked.values()];
}

function existing(sql: Sql, places: readonly Place[]): Promise<Place[]> {
  return sql.rows<Place>(
    'SELECT account, name FROM mailbox WHERE (account, name) IN (SELECT * FROM unnest($1::bigint[], $2::text[]))',
    [places.map(({ account }) => account), places.map(({ name }) => name)],
  );
}

/** Mail is never lost for a folder's name: one that cannot be gives way to INBOX. */
function isPossible(name: string): boolean {
  try {
    return checkName(name) === name;
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

/** Items whose key is new: whoever inserts a key delivers, everybody else waits for that transaction and has a duplicate. */
async function takeKeys(sql: Sql, items: readonly Item[], now: number): Promise<Set<Item>> {
  const made = await sql.rows<{ queue: string; account: number; recipient: string }>(
    `INSERT INTO delivery (queue_id, account, recipient, at)
     SELECT queue_id, account, recipient, $4 FROM unnest($1::text[], $2::bigint[], $3::text[]) AS v (queue_id, account, recipient)
     ORDER BY queue_id, account, recipient
     ON CONFLICT DO NOTHING RETURNING queue_id AS queue, account, recipient`,
    [
      items.map(({ item }) => item.queueId),
      items.map(({ account }) => account),
      items.map(({ item }) => item.finalRecipient),
      now,
    ],
  );
  const keys = new Set(made.map((row) => JSON.stringify([row.queue, row.account, row.recipient])));
  return new Set(
    items.filter(({ item, account }) => keys.delete(JSON.stringify([item.queueId, account, item.finalRecipient]))),
  );
}

/** Those of the fresh items that fit, in the order of the batch; the keys of the others are given back. */
async function withinQuota(
  sql: Sql,
  items: readonly Item[],
  fresh: ReadonlySet<Item>,
  limited: readonly number[],
): Promise<Set<Item>> {
  const used = await usageOf(sql, limited);
  const fitting = new Set<Item>();
  const over: Item[] = [];
  for (const each of items) {
    if (!fresh.has(each)) continue;
    const { item, account, size } = each;
    const usage = used.get(account) ?? { bytes: 0, messages: 0 };
    if (isLimited(item.quota) && !fits(item.quota, usage, { bytes: size, messages: 1 })) over.push(each);
    else {
      fitting.add(each);
      used.set(account, { bytes: usage.bytes + size, messages: usage.messages + 1 });
    }
  }
  if (over.length > 0)
    await sql.rows(
      `DELETE FROM delivery WHERE (queue_id, account, recipient) IN (SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]))`,
      [
        over.map(({ item }) => item.queueId),
        over.map(({ account }) => account),
        over.map(({ item }) => item.finalRecipient),
      ],
    );
  return fitting;
}

/** The locked mailbox of each item. */
async function placesOf(sql: Sql, items: readonly Item[], missing: readonly Place[]): Promise<LockedMailbox[]> {
  if (missing.length > 0) await makeMailboxes(sql, missing);
  const names = items.map(({ account, wanted }) => ({ account, name: wanted ?? 'INBOX' }));
  // INBOX as well, where it may have to stand in: all are locked at once, in order
  const others = names.filter(({ name }) => name !== 'INBOX');
  const standIns =
    others.length === 0 || (await existing(sql, others)).length === new Set(others.map(keyOf)).size
      ? []
      : others.map(({ account }) => ({ account, name: 'INBOX' }));
  const locked = await lockMailboxesByName(sql, [...names, ...standIns]);
  return names.map((place) => {
    const mailbox = locked.get(keyOf(place)) ?? locked.get(keyOf({ ...place, name: 'INBOX' }));
    // deleted or renamed between the two statements: the next attempt sees what is so now
    if (!mailbox) throw new Again('a mailbox was taken away');
    return mailbox;
  });
}

async function makeMailboxes(sql: Sql, missing: readonly Place[]): Promise<void> {
  for (const { account, name } of missing) {
    // a parent may have been made with the mailbox before
    if ((await existing(sql, [{ account, name }])).length > 0) continue;
    try {
      await createWithParents(sql, account, name, null);
    } catch (error) {
      // too many mailboxes: INBOX takes the message
      if (!(error instanceof StoreError && error.code === 'CANNOT')) throw error;
    }
  }
}
