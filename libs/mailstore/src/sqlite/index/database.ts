import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UNIT_END } from '../../fold.ts';

/** Counts up when the text that is indexed, or its form, changes: an index of another version is made anew. */
const INDEX_VERSION = 2;

/** Named fields that have a column of their own, so that the index alone answers for them. */
export const FIELD_COLUMNS: ReadonlyMap<string, string> = new Map([
  ['subject', 'subject'],
  ['from', 'sender'],
  ['to', 'recipient'],
  ['cc', 'cc'],
]);

/**
 * The text index is a database of its own: it can be thrown away and made again, and writing it never holds up a delivery. A document's
 * id is its account's above its mail's 32 bits, so that a search reads the postings of one account only. The text is folded
 * by us, and kept nowhere but in the postings. `state.done` is the highest mail that was taken up; `skipped` are too long for it.
 */
const SCHEMA = `
  CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE skipped (mail INTEGER PRIMARY KEY) STRICT;
  CREATE VIRTUAL TABLE texts USING fts5(header, subject, sender, recipient, cc, body,
    tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1, detail = full);
  CREATE VIRTUAL TABLE terms USING fts5vocab(texts, row);
  INSERT INTO texts (texts, rank) VALUES ('hashsize', 16777216);
  INSERT INTO texts (texts, rank) VALUES ('automerge', 8);
`;

export function indexPath(directory: string): string {
  return join(directory, 'search.sqlite');
}

/** Id of a document; an exact integer in SQLite, where a JavaScript number would arrive as a float. */
export function documentId(account: number, mail: number): bigint {
  return (BigInt(account) << 32n) | BigInt(mail);
}

/** Opens the index of a store for writing; one that is broken, of another store or ahead of it is made anew. */
export function openIndex(directory: string, storeId: number, lastMail: number): DatabaseSync {
  try {
    const db = openFile(directory);
    if (fits(db, storeId, lastMail)) return db;
    db.close();
  } catch {
    // broken: it holds nothing that cannot be had again
  }
  removeIndex(directory);
  const db = openFile(directory);
  db.exec(`BEGIN; ${SCHEMA}`);
  const insert = db.prepare('INSERT INTO state VALUES (?, ?)');
  for (const [name, value] of Object.entries({ version: INDEX_VERSION, store: storeId, done: 0, removed: 0 }))
    insert.run(name, value);
  db.exec('COMMIT');
  return db;
}

export function removeIndex(directory: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(indexPath(directory) + suffix, { force: true });
}

/** SQLITE_CORRUPT, SQLITE_NOTADB, with their extended codes. */
export function isCorrupt(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' && [11, 26].includes(errcode & 0xff);
}

function openFile(directory: string): DatabaseSync {
  const db = new DatabaseSync(indexPath(directory), { timeout: 10_000 });
  db.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;
    PRAGMA journal_size_limit = 67108864`);
  return db;
}

function fits(db: DatabaseSync, storeId: number, lastMail: number): boolean {
  const known = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'state'").get();
  if (!known) return false;
  const state = readState(db);
  return (
    state.get('version') === INDEX_VERSION && state.get('store') === storeId && (state.get('done') ?? 0) <= lastMail
  );
}

export function readState(db: DatabaseSync): Map<string, number> {
  const rows = db.prepare('SELECT name, value FROM state').all() as unknown as { name: string; value: number }[];
  return new Map(rows.map(({ name, value }) => [name, value]));
}

/** A text as a phrase of FTS5: three characters or more. */
export function phrase(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** How a field of a header begins in the indexed text. */
export function fieldStart(name: string): string {
  return `${UNIT_END}${name}:`;
}
