import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from './schema.ts';

/**
 * Opens the database of a directory, made and migrated when needed. WAL, so that readers do not wait for the writer;
 * synchronous=FULL, so that a commit is on the disk when it returns (DESIGN §1.1).
 */
export function openDatabase(directory: string): DatabaseSync {
  mkdirSync(join(directory, 'content'), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(directory, 'mail.sqlite'), { timeout: 10_000 });
  db.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
    PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY`);
  migrate(db);
  return db;
}

/** A connection for reading only; the database must exist. */
export function openForReading(directory: string): DatabaseSync {
  const db = new DatabaseSync(join(directory, 'mail.sqlite'), { timeout: 10_000, readOnly: true });
  db.exec('PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY');
  return db;
}
