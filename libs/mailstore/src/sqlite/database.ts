import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from './schema.ts';

/**
 * Opens the database in a directory, which must exist; it is made and migrated when needed. WAL, so that readers do not wait for the writer;
 * synchronous=FULL, so that a commit is on the disk when it returns (DESIGN §1.1). The log goes into the database when it has 64 MiB: pages of
 * indexes change with every mail, and are so written once for many.
 */
export function openDatabase(directory: string, file = 'mail.sqlite'): DatabaseSync {
  const db = new DatabaseSync(join(directory, file), { timeout: 10_000 });
  db.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
    PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY`);
  migrate(db, directory);
  return db;
}

/** A connection for reading only; the database must exist. */
export function openForReading(directory: string): DatabaseSync {
  const db = new DatabaseSync(join(directory, 'mail.sqlite'), { timeout: 10_000, readOnly: true });
  db.exec('PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY');
  return db;
}

/** Primary result codes of SQLite that say something of the disk or the file, not of the statement (sqlite.org/rescode.html). */
const STORE_CODES = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 22, 26]);

/** Whether an error is about the database as a whole: busy, locked, out of memory, read-only, I/O, corrupt, full, cannot be opened. */
export function isAboutTheStore(error: unknown): boolean {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' && STORE_CODES.has(errcode & 0xff);
}
