import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { canonicalName } from '../../names.ts';
import type { Mailbox, SpecialUse } from '../../types.ts';
import { StoreError } from '../../types.ts';
import { isAboutTheStore } from '../database.ts';
import type { Reply } from '../protocol.ts';

/** Raised for an account the database does not know yet: the client has it made and asks again. */
class NoAccount extends Error {
  readonly code = 'NO_ACCOUNT';
}

/** What a request is answered that failed. */
export function failureOf(id: number, error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StoreError || error instanceof NoAccount) return { id, code: error.code, message };
  return { id, code: isAboutTheStore(error) ? 'UNAVAILABLE' : 'INTERNAL', message };
}

interface MailboxColumns {
  readonly id: number;
  readonly name: string;
  readonly special_use: string | null;
  readonly uid_validity: number;
  readonly uid_next: number;
  readonly modseq: number;
  readonly messages: number;
  readonly unseen: number;
  readonly bytes: number;
  readonly object_id: string;
  readonly deleted: number;
  readonly deleted_bytes: number;
  readonly recent_from: number;
  readonly subscribed: number;
}

const MAILBOX = `SELECT m.*, EXISTS (SELECT 1 FROM subscription s WHERE s.account = m.account AND s.name = m.name) AS subscribed
  FROM mailbox m WHERE m.account = ?`;

/** What all reading operations share. Each runs in a transaction of its own, so that it sees one instant. */
export class Reader {
  readonly directory: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, directory: string) {
    this.#db = db;
    this.directory = directory;
  }

  sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.#db.prepare(text)));
    return statement;
  }

  /** Rows come as arrays: cheaper for many small rows. */
  arrays(text: string): StatementSync {
    const statement = this.sql(text);
    statement.setReturnArrays(true);
    return statement;
  }

  atOneInstant<T>(work: () => T): T {
    this.sql('BEGIN').run();
    try {
      return work();
    } finally {
      this.sql('COMMIT').run();
    }
  }

  account(name: string): number {
    const row = this.sql('SELECT id FROM account WHERE name = ?').get(name) as { id: number } | undefined;
    if (!row) throw new NoAccount(`no account ${name}`);
    return row.id;
  }

  subscriptions(account: number): string[] {
    const select = this.arrays('SELECT name FROM subscription WHERE account = ? ORDER BY name');
    return (select.all(account) as unknown as [string][]).map(([name]) => name);
  }

  mailboxes(account: number): Mailbox[] {
    return (this.sql(`${MAILBOX} ORDER BY m.name`).all(account) as unknown as MailboxColumns[]).map(toMailbox);
  }

  mailboxByName(account: number, name: string): Mailbox | null {
    const row = this.sql(`${MAILBOX} AND m.name = ?`).get(account, canonicalName(name)) as MailboxColumns | undefined;
    return row ? toMailbox(row) : null;
  }

  /** MODSEQ up to which vanished UIDs may have been forgotten. */
  vanishedFloor(mailbox: number): number {
    const row = this.sql('SELECT vanished_floor AS floor FROM mailbox WHERE id = ?').get(mailbox) as { floor: number };
    return row.floor;
  }

  mailboxById(account: number, id: number): Mailbox {
    const row = this.sql(`${MAILBOX} AND m.id = ?`).get(account, id) as MailboxColumns | undefined;
    if (!row) throw new StoreError('NOT_FOUND', 'no such mailbox');
    return toMailbox(row);
  }
}

function toMailbox(row: MailboxColumns): Mailbox {
  return {
    id: row.id,
    name: row.name,
    specialUse: row.special_use as SpecialUse | null,
    subscribed: row.subscribed === 1,
    uidValidity: row.uid_validity,
    uidNext: row.uid_next,
    highestModseq: row.modseq,
    messages: row.messages,
    unseen: row.unseen,
    bytes: row.bytes,
    objectId: row.object_id,
    deleted: row.deleted,
    deletedBytes: row.deleted_bytes,
    recentFrom: row.recent_from,
  };
}
