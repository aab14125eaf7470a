import { StoreError } from '../types.ts';
import { Blob, columns } from './blob.ts';
import type { Sql } from './database.ts';
import type { LockedMailbox } from './locks.ts';

/** UIDs are nz-numbers of 32 bits (RFC 3501 §2.3.1.1). */
export const MAX_UID = 0xffff_ffff;

/** One message to be put into a locked mailbox, as a mail of its own. */
export interface NewMessage {
  readonly mailbox: number;
  readonly account: number;
  readonly content: number;
  readonly prefix: Uint8Array;
  readonly emailId: string;
  readonly threadId: string;
  readonly bits: number;
  readonly keywords: string | null;
  readonly date: number;
  readonly saved: number;
  readonly size: number;
}

export interface Filed {
  readonly uid: number;
  readonly modseq: number;
}

/** Next UIDs and MODSEQs of locked mailboxes, as messages take them. */
export class Numbers {
  readonly #next = new Map<number, { uid: number; modseq: number }>();

  constructor(mailboxes: Iterable<LockedMailbox>) {
    for (const { id, uidNext, modseq } of mailboxes) this.#next.set(id, { uid: uidNext, modseq: modseq + 1 });
  }

  take(mailbox: number): Filed {
    const next = this.#next.get(mailbox);
    if (!next) throw new StoreError('NOT_FOUND', 'no such mailbox');
    if (next.uid > MAX_UID) throw new StoreError('CANNOT', 'the mailbox has no UIDs left');
    return { uid: next.uid++, modseq: next.modseq++ };
  }
}

const FILE = `
  WITH v AS (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], $7::text[], $8::text[], $9::smallint[],
      $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[])
      AS v (mailbox, account, content, prefix, prefix_size, email_id, thread_id, flags, keywords, date, saved, size, uid, modseq)),
  made AS (INSERT INTO mail (account, content, prefix, email_id, thread_id)
    SELECT account, content, substring($1::bytea FROM prefix FOR prefix_size), email_id, thread_id FROM v RETURNING id, email_id),
  queued AS (INSERT INTO index_queue (mail) SELECT id FROM made),
  filed AS (INSERT INTO message (mailbox, uid, mail, flags, keywords, modseq, date, saved, size)
    SELECT v.mailbox, v.uid, made.id, v.flags, v.keywords, v.modseq, v.date, v.saved, v.size FROM v JOIN made USING (email_id))
  UPDATE mailbox m SET uid_next = s.uid + 1, modseq = s.modseq, messages = m.messages + s.messages, unseen = m.unseen + s.unseen,
    bytes = m.bytes + s.bytes, deleted = m.deleted + s.deleted, deleted_bytes = m.deleted_bytes + s.deleted_bytes
  FROM (SELECT mailbox, max(uid) AS uid, max(modseq) AS modseq, count(*) AS messages, count(*) FILTER (WHERE flags & 1 = 0) AS unseen,
      sum(size) AS bytes, count(*) FILTER (WHERE flags & 8 <> 0) AS deleted,
      coalesce(sum(size) FILTER (WHERE flags & 8 <> 0), 0) AS deleted_bytes FROM v GROUP BY mailbox) s
  WHERE m.id = s.mailbox`;

/** Puts messages into locked mailboxes: one statement for the mails, the messages, the work of the indexer and all counters. */
export async function fileMessages(sql: Sql, messages: readonly NewMessage[], numbers: Numbers): Promise<Filed[]> {
  if (messages.length === 0) return [];
  const blob = new Blob();
  const rows = messages.map((message) => ({
    ...message,
    ...numbers.take(message.mailbox),
    prefixAt: blob.add(message.prefix),
    prefixSize: message.prefix.length,
  }));
  const lists = columns(
    rows,
    'mailbox',
    'account',
    'content',
    'prefixAt',
    'prefixSize',
    'emailId',
    'threadId',
    'bits',
    'keywords',
    'date',
    'saved',
    'size',
    'uid',
    'modseq',
  );
  await sql.rows(FILE, [blob.bytes(), ...lists]);
  return rows.map(({ uid, modseq }) => ({ uid, modseq }));
}
