import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * The store is a row of small databases, the newest of which is written. What is too old or too much goes by deleting a
 * whole file: that costs nothing, whatever the load, and leaves no holes.
 */
export interface SegmentFile {
  readonly path: string;
  /** When it was begun, ms since the epoch. */
  readonly begunAt: number;
}

const NAME = /^events-(\d{13})\.db$/;
const SCHEMA = 1;

/** Oldest first. */
export function listSegments(directory: string): SegmentFile[] {
  return readdirSync(directory)
    .map((name) => ({ path: join(directory, name), match: NAME.exec(name) }))
    .filter((each) => each.match !== null)
    .map(({ path, match }) => ({ path, begunAt: Number(match?.[1]) }))
    .sort((a, b) => a.begunAt - b.begunAt);
}

export const segmentPath = (directory: string, begunAt: number): string =>
  join(directory, `events-${String(begunAt).padStart(13, '0')}.db`);

const parts = (path: string) => [path, `${path}-wal`, `${path}-shm`];

/** Octets on disk, its log included. */
export const segmentBytes = (path: string): number =>
  parts(path).reduce((sum, part) => sum + (statSync(part, { throwIfNoEntry: false })?.size ?? 0), 0);

export function removeSegment(path: string): void {
  for (const part of parts(path)) rmSync(part, { force: true });
}

/**
 * Opens a segment for writing. Without fsync: a power cut may cost the newest minutes of telemetry, and mail does not
 * wait for its disk (DESIGN §3.8). @throws when the file is no segment of this version
 */
export function openForWriting(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 2000;',
    );
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version !== 0 && version !== SCHEMA) throw new Error(`${path} is of version ${version}`);
    db.exec(`
      CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS spans (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
      -- ref > 0: an event; ref < 0: a span
      CREATE TABLE IF NOT EXISTS keys (hash INTEGER NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (hash, ref)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS batches (key TEXT PRIMARY KEY) WITHOUT ROWID;
      PRAGMA user_version = ${SCHEMA};`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function openForReading(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true });
  db.exec('PRAGMA busy_timeout = 500; PRAGMA query_only = ON;');
  return db;
}
