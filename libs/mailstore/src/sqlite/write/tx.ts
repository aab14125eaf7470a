import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { FIRST_MAILBOXES } from '../../names.ts';
import { newObjectId } from '../../object-id.ts';
import { StoreError } from '../../types.ts';

/** A mailbox row as the writer needs it. */
export interface MailboxRow {
  readonly id: number;
  readonly account: number;
  readonly name: string;
  readonly object_id: string;
  readonly uid_validity: number;
  readonly uid_next: number;
  readonly modseq: number;
  readonly messages: number;
  readonly recent_from: number;
}

/** What all writing operations share: the database, its prepared statements and what to do after the commit. */
export class Tx {
  readonly db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #accounts = new Map<string, number>();
  readonly #mailboxes = new Map<string, number>();
  /** Content files that no row refers to once this transaction is committed. */
  looseFiles: string[] = [];

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.db.prepare(text)));
    return statement;
  }

  /** After a rollback, ids given out in between do not exist. */
  forget(): void {
    this.#accounts.clear();
    this.#mailboxes.clear();
    this.looseFiles = [];
  }

  /** The account's row id; the account and its first mailboxes are made when it is new. */
  account(name: string): number {
    const id = this.knownAccount(name) ?? this.#newAccount(name);
    this.#accounts.set(name, id);
    return id;
  }

  /** The account's row id, undefined when it does not exist. */
  knownAccount(name: string): number | undefined {
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const row = this.sql('SELECT id FROM account WHERE name = ?').get(name) as { id: number } | undefined;
    if (this.#accounts.size > 50_000) this.#accounts.clear();
    if (row) this.#accounts.set(name, row.id);
    return row?.id;
  }

  #newAccount(name: string): number {
    const id = this.emptyAccount(name);
    for (const [mailbox, use] of FIRST_MAILBOXES) {
      this.newMailbox(id, mailbox, use);
      this.sql('INSERT INTO subscription VALUES (?, ?)').run(id, mailbox);
    }
    return id;
  }

  /** An account without mailboxes, which a copy of another store fills. */
  emptyAccount(name: string): number {
    return Number(this.sql('INSERT INTO account (name) VALUES (?)').run(name).lastInsertRowid);
  }

  newMailbox(account: number, name: string, specialUse: string | null): number {
    const insert = this.sql(
      'INSERT INTO mailbox (account, name, special_use, uid_validity, object_id) VALUES (?, ?, ?, ?, ?)',
    );
    const validity = this.uidValidity(account);
    return Number(insert.run(account, name, specialUse, validity, newObjectId('F')).lastInsertRowid);
  }

  /** A UIDVALIDITY no mailbox of this account ever had: the time in seconds, or the next number when that was given out. */
  uidValidity(account: number): number {
    const { value } = this.sql(
      'UPDATE account SET uid_validity = max(uid_validity + 1, ?) WHERE id = ? RETURNING uid_validity AS value',
    ).get(Math.floor(Date.now() / 1000), account) as { value: number };
    return value;
  }

  /** Id of a mailbox by its canonical name; undefined when there is none. */
  mailboxId(account: number, name: string): number | undefined {
    const key = `${String(account)} ${name}`;
    const known = this.#mailboxes.get(key);
    if (known !== undefined) return known;
    const row = this.sql('SELECT id FROM mailbox WHERE account = ? AND name = ?').get(account, name) as
      { id: number } | undefined;
    if (!row) return undefined;
    if (this.#mailboxes.size > 50_000) this.#mailboxes.clear();
    this.#mailboxes.set(key, row.id);
    return row.id;
  }

  /** Call when a mailbox was renamed or deleted. */
  forgetMailboxes(): void {
    this.#mailboxes.clear();
  }

  mailbox(account: number, id: number): MailboxRow {
    const row = this.sql('SELECT * FROM mailbox WHERE id = ? AND account = ?').get(id, account) as
      MailboxRow | undefined;
    if (!row) throw new StoreError('NOT_FOUND', 'no such mailbox');
    return row;
  }
}
