import { packFlags, type PackedFlags } from '../flags.ts';
import { newObjectId } from '../object-id.ts';
import type { AppendItems, AppendResult, Replaced, StoreQuota } from '../types.ts';
import { StoreError } from '../types.ts';
import type { Contents } from './contents.ts';
import type { Prepared } from './prepared.ts';
import type { Sql } from './database.ts';
import { expungeUids } from './expunge.ts';
import { fileMessages, Numbers } from './filing.ts';
import { lockAccounts, lockMailboxes } from './locks.ts';
import { needMailboxId } from './mailbox-rows.ts';
import { fits, isLimited, usageOf } from './quota.ts';
import { relatedOf } from './related.ts';
import { threadIds } from './threads.ts';

const NO_PREFIX = new Uint8Array(0);
/** Most messages of one APPEND (RFC 3502). */
const MAX_ITEMS = 1000;

interface Appended extends Prepared {
  readonly flags: PackedFlags;
  readonly date: number;
}

export interface AppendCall {
  readonly account: number;
  readonly mailbox: string;
  readonly quota: StoreQuota | undefined;
  readonly replaces: Replaced | undefined;
}

/** All messages or none (RFC 3502): contents are brought in one after the other, then one transaction files them. */
export async function append(contents: Contents, items: AppendItems, call: AppendCall): Promise<AppendResult[]> {
  // a stream can be read once: a transaction that finds a content missing cannot have it again, but what was taken is never missing
  const taken: Appended[] = [];
  return contents.file<Appended, AppendResult[]>(
    async (_missing, into) => {
      if (taken.length > 0) throw new StoreError('UNAVAILABLE', 'a content was taken away while it was being filed');
      for await (const { flags, internalDate, size, content } of items) {
        if (into.length >= MAX_ITEMS) throw new StoreError('CANNOT', 'too many messages at once');
        const packed = packFlags(flags);
        into.push({ ...(await contents.take(content, size)), flags: packed, date: internalDate });
      }
      taken.push(...into);
    },
    (sql, appended) => file(sql, contents, appended, call),
  );
}

async function file(
  sql: Sql,
  contents: Contents,
  appended: readonly Appended[],
  call: AppendCall,
): Promise<AppendResult[]> {
  const { account, quota, replaces } = call;
  if (isLimited(quota)) await lockAccounts(sql, [account]);
  const id = await needMailboxId(sql, account, call.mailbox);
  const locked = await lockMailboxes(sql, replaces ? [id, replaces.mailboxId] : [id]);
  const target = locked.get(id);
  if (!target) throw new StoreError('NOT_FOUND', 'no such mailbox');
  const given = await replace(sql, locked.get(replaces?.mailboxId ?? 0), call);
  if (isLimited(quota)) {
    const usage = (await usageOf(sql, [account])).get(account) ?? { bytes: 0, messages: 0 };
    const bytes = appended.reduce((n, { size }) => n + size, 0);
    if (!fits(quota, usage, { bytes, messages: appended.length })) throw new StoreError('OVER_QUOTA', 'quota exceeded');
  }
  if (appended.length === 0) return [];
  const rows = await contents.rows(sql, appended);
  const related = await relatedOf(sql, rows, appended);
  const threads = await threadIds(
    sql,
    appended.map(({ sha256 }) => ({ account, related: related.get(sha256) ?? [] })),
  );
  const saved = Date.now();
  const messages = appended.map(({ sha256, size, flags, date }, i) => ({
    mailbox: id,
    account,
    content: rows.get(sha256) ?? 0,
    prefix: NO_PREFIX,
    emailId: newObjectId('M'),
    threadId: threads[i] ?? '',
    ...flags,
    date,
    saved,
    size,
  }));
  const after = given && given.mailbox === id ? { ...target, modseq: target.modseq + 1 } : target;
  const filed = await fileMessages(sql, messages, new Numbers([after]));
  return filed.map((each) => ({ mailboxId: id, uidValidity: target.uidValidity, ...each }));
}

/** Takes away what REPLACE (RFC 8508) replaces; the quota is checked after it. */
async function replace(
  sql: Sql,
  mailbox: Parameters<typeof expungeUids>[1] | undefined,
  { account, replaces }: AppendCall,
): Promise<{ readonly mailbox: number } | null> {
  if (!replaces) return null;
  if (mailbox?.account !== account) throw new StoreError('NOT_FOUND', 'no such mailbox');
  const gone = await expungeUids(sql, mailbox, Date.now(), [replaces.uid]);
  if (gone.length === 0) throw new StoreError('NOT_FOUND', 'the message to replace is gone');
  return { mailbox: mailbox.id };
}
