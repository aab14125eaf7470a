import type { Part } from '@postroad/message';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { fieldValues, messageText, type MessageText, units } from '../../text.ts';
import { withMail } from '../read/content.ts';
import type { Reader } from '../read/reader.ts';
import { documentId, FIELD_COLUMNS, isCorrupt, openIndex, readState, removeIndex } from './database.ts';

/** One transaction: so many mails, or so many characters. */
const BATCH = 200;
const BATCH_CHARS = 4 << 20;
/** A longer text costs more in the index than reading it once in a while. */
const MAX_CHARS = 1 << 20;
/** Octets of text parts from which a mail is not even read for it: decoded they would fill the memory only to be found too long. */
const MAX_OCTETS = 2 << 20;

interface MailKey {
  readonly id: number;
  readonly account: number;
}

/** Brings the text index after the mails of a store, batch by batch. */
export class Indexer {
  readonly #reader: Reader;
  #db!: DatabaseSync;
  #insert!: StatementSync;
  #done = 0;
  #removed = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
    this.#open();
  }

  #open(): void {
    const reader = this.#reader;
    const value = (sql: string): number => (reader.sql(sql).get() as { value: number } | undefined)?.value ?? 0;
    const lastMail = value("SELECT seq AS value FROM sqlite_sequence WHERE name = 'mail'");
    this.#db = openIndex(reader.directory, value("SELECT value FROM counter WHERE name = 'store_id'"), lastMail);
    this.#insert = this.#prepare(
      'INSERT INTO texts (rowid, header, subject, sender, recipient, cc, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    const state = readState(this.#db);
    this.#done = state.get('done') ?? 0;
    this.#removed = state.get('removed') ?? 0;
  }

  /** Each run answers with the last row id, and FTS5 has some inside that are no exact JavaScript numbers. */
  #prepare(sql: string): StatementSync {
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  }

  /** Up to which row of `unindex` mails that are gone have left the index. */
  get removed(): number {
    return this.#removed;
  }

  /** The youngest mail of the store. */
  newest(): number {
    return (this.#reader.sql('SELECT max(id) AS id FROM mail').get() as { id: number | null }).id ?? 0;
  }

  backlog(): number {
    const row = this.#reader.sql('SELECT count(*) AS n FROM mail WHERE id > ?').get(this.#done) as { n: number };
    return row.n;
  }

  /** Takes up the next mails, and forgets some that are gone; resolves to whether there may be more to do. */
  step(): boolean {
    const mails = this.#reader
      .sql('SELECT id, account FROM mail WHERE id > ? ORDER BY id LIMIT ?')
      .all(this.#done, BATCH) as unknown as MailKey[];
    const gone = this.#reader
      .sql('SELECT id, account, mail FROM unindex WHERE id > ? ORDER BY id LIMIT ?')
      .all(this.#removed, BATCH) as unknown as (MailKey & { mail: number })[];
    if (mails.length === 0 && gone.length === 0) return false;
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const done = this.#add(mails);
      const removed = this.#remove(gone);
      const set = this.#prepare('UPDATE state SET value = ? WHERE name = ?');
      set.run(done, 'done');
      set.run(removed, 'removed');
      this.#db.exec('COMMIT');
      [this.#done, this.#removed] = [done, removed];
    } catch (error) {
      if (!isCorrupt(error)) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
      this.#db.close();
      removeIndex(this.#reader.directory);
      this.#open();
    }
    return true;
  }

  #add(mails: readonly MailKey[]): number {
    let chars = 0;
    let done = this.#done;
    for (const { id, account } of mails) {
      if (chars >= BATCH_CHARS) break;
      const text = withMail(this.#reader, id, ({ prefix, part, read }) =>
        textOctets(part) > MAX_OCTETS ? 'long' : messageText(prefix, part, read),
      );
      if (text === 'long') this.#skip(id);
      else if (text) chars += this.#addOne(account, id, text);
      done = id;
    }
    return done;
  }

  #addOne(account: number, mail: number, text: MessageText): number {
    const { header, body } = text;
    const length = header.length + body.length;
    if (length > MAX_CHARS) this.#skip(mail);
    else {
      const fields = [...FIELD_COLUMNS.keys()].map((name) => units(fieldValues(header, name)));
      this.#insert.run(documentId(account, mail), header, ...fields, body);
    }
    return length;
  }

  /** Searches read it. */
  #skip(mail: number): void {
    this.#prepare('INSERT INTO skipped VALUES (?) ON CONFLICT DO NOTHING').run(mail);
  }

  #remove(gone: readonly (MailKey & { mail: number })[]): number {
    const text = this.#prepare('DELETE FROM texts WHERE rowid = ?');
    const skipped = this.#prepare('DELETE FROM skipped WHERE mail = ?');
    let removed = this.#removed;
    for (const { id, account, mail } of gone) {
      // one that is still to come is left out when its turn is: it has no row any more
      if (mail <= this.#done) {
        text.run(documentId(account, mail));
        skipped.run(mail);
      }
      removed = id;
    }
    return removed;
  }

  close(): void {
    this.#db.close();
  }
}

/** Octets of the parts a search looks at, as they are encoded. */
function textOctets(part: Part): number {
  if (part.parts) return part.parts.reduce((sum, child) => sum + textOctets(child), 0);
  if (part.message) return textOctets(part.message.part);
  return part.type === 'text' ? part.bodyEnd - part.bodyStart : 0;
}
