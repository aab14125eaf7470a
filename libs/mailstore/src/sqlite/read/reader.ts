import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { canonicalName } from '../../names.ts';
import type { Mailbox, SpecialUse } from '../../types.ts';
import { StoreError } from '../../types.ts';

/** Raised for an account the database does not know yet: the client has it made and asks again. */
export class NoAccount extends Error {
  readonly code = 'NO_ACCOUNT';
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

  mailboxes(account: number): Mailbox[] {
    return (this.sql(`${MAILBOX} ORDER BY m.name`).all(account) as unknown as MailboxColumns[]).map(toMailbox);
  }

  mailboxByName(account: number, name: string): Mailbox | null {
    const row = this.sql(`${MAILBOX} AND m.name = ?`).get(account, canonicalName(name)) as MailboxColumns | undefined;
    return row ? toMailbox(row) : null;
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
  };
}
