import { SEEN, unpackFlags } from '../flags.ts';
import type { Mailbox, MailboxChanges, MailboxSnapshot, MessageState } from '../types.ts';
import { StoreError } from '../types.ts';
import type { Sql } from './database.ts';
import { MAILBOX, toMailbox } from './mailbox-rows.ts';
import { packedUids, unpackUids } from './packed.ts';

interface SnapshotRow extends Mailbox {
  readonly uids: Buffer | null;
  readonly firstUnseen: number | null;
  readonly keywords: string[] | null;
}

const SNAPSHOT = `
  SELECT ${MAILBOX}, s.* FROM mailbox m CROSS JOIN LATERAL (
    SELECT ${packedUids('m.uid')} AS uids, min(m.uid) FILTER (WHERE m.flags & ${String(SEEN)} = 0) AS "firstUnseen",
      array_agg(DISTINCT m.keywords) FILTER (WHERE m.keywords IS NOT NULL) AS keywords
    FROM message m WHERE m.mailbox = $2) s
  WHERE m.account = $1 AND m.id = $2`;

/** One statement sees one instant. */
export async function snapshot(sql: Sql, account: number, mailboxId: number): Promise<MailboxSnapshot> {
  const [row] = await sql.rows<SnapshotRow>(SNAPSHOT, [account, mailboxId]);
  if (!row) throw new StoreError('NOT_FOUND', 'no such mailbox');
  const uids = unpackUids(row.uids);
  const keywords = new Map<string, string>();
  for (const words of row.keywords ?? [])
    for (const word of words.split(' ')) if (!keywords.has(word.toLowerCase())) keywords.set(word.toLowerCase(), word);
  const firstUnseen = row.firstUnseen === null ? 0 : indexOf(uids, row.firstUnseen) + 1;
  return { mailbox: toMailbox(row), uids, firstUnseen, keywords: [...keywords.values()] };
}

function indexOf(uids: Uint32Array, uid: number): number {
  let [low, high] = [0, uids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((uids[middle] ?? 0) < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface ChangesRow extends Mailbox {
  readonly floor: number;
  readonly vanished: Buffer | null;
  /** `uid flags modseq keywords`, a line each. */
  readonly changed: string | null;
}

const CHANGES = `
  SELECT ${MAILBOX}, m.vanished_floor AS floor,
    (SELECT ${packedUids('m.uid')} FROM vanished m WHERE m.mailbox = $2 AND m.modseq > $3) AS vanished,
    (SELECT string_agg(concat_ws(' ', c.uid, c.flags, c.modseq, c.keywords), E'\\n' ORDER BY c.uid)
     FROM message c WHERE c.mailbox = $2 AND c.modseq > $3) AS changed
  FROM mailbox m WHERE m.account = $1 AND m.id = $2`;

export async function changesSince(
  sql: Sql,
  account: number,
  mailboxId: number,
  modseq: number,
): Promise<MailboxChanges> {
  const [row] = await sql.rows<ChangesRow>(CHANGES, [
    account,
    mailboxId,
    // a client may name any number of 63 bits
    Math.min(modseq, Number.MAX_SAFE_INTEGER),
  ]);
  if (!row) throw new StoreError('NOT_FOUND', 'no such mailbox');
  return {
    mailbox: toMailbox(row),
    messages: row.changed === null ? [] : row.changed.split('\n').map(toState),
    vanished: [...unpackUids(row.vanished)],
    complete: modseq >= row.floor,
  };
}

function toState(line: string): MessageState {
  const [uid, bits, modseq, ...words] = line.split(' ');
  const flags = unpackFlags(Number(bits), words.length > 0 ? words.join(' ') : null);
  return { uid: Number(uid), flags, modseq: Number(modseq) };
}
