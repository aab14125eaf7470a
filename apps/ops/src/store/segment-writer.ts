import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventBatch } from '@postroad/telemetry';
import { eventKeys, spanKeys } from './keys.ts';
import { listSegments, openForWriting, removeSegment, segmentBytes, type SegmentFile, segmentPath } from './segment.ts';
import type { MailEvent, RawBatch, StoredSpan, WriterSettings, Written } from './types.ts';

/** So many segments share the room: the oldest eighth goes at once. */
const SEGMENTS = 8;
/** Bounds of one event: what is longer did not come from an agent of ours. */
const MAX_EVENT_CHARS = 16 * 1024;

interface Open {
  readonly file: SegmentFile;
  readonly db: DatabaseSync;
  readonly event: StatementSync;
  readonly span: StatementSync;
  readonly key: StatementSync;
  readonly batch: StatementSync;
  readonly known: StatementSync;
}

/** Writes events and spans into the newest segment, begins the next one in time, and deletes the oldest. */
export class SegmentWriter {
  readonly #settings: WriterSettings;
  #open: Open;
  /** Batches of the segment before: a redelivery may cross the border. */
  #before: Open | null = null;

  constructor(settings: WriterSettings) {
    this.#settings = settings;
    const newest = listSegments(settings.directory).at(-1);
    this.#open = (newest === undefined ? null : tryOpen(newest)) ?? this.#begin();
    this.#prune();
  }

  /** All batches in one transaction; a batch that is here already changes nothing. */
  writeEvents(batches: readonly RawBatch[]): Written {
    let events = 0;
    let skipped = 0;
    this.#transaction((open) => {
      for (const { key, data } of batches) {
        if (this.#before?.known.get(key) !== undefined || open.batch.run(key).changes === 0) continue;
        const read = readBatch(data);
        if (read === null) skipped++;
        else for (const event of read) events += insertEvent(open, event);
      }
    });
    return { events, spans: 0, skipped };
  }

  writeSpans(spans: readonly StoredSpan[]): Written {
    this.#transaction((open) => {
      for (const span of spans) {
        const { lastInsertRowid } = open.span.run(JSON.stringify(span));
        for (const hash of spanKeys(span)) open.key.run(hash, -Number(lastInsertRowid));
      }
    });
    return { events: 0, spans: spans.length, skipped: 0 };
  }

  close(): void {
    this.#open.db.close();
    this.#before?.db.close();
  }

  #transaction(work: (open: Open) => void): void {
    const { db } = this.#open;
    try {
      db.exec('BEGIN');
      work(this.#open);
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      // A damaged segment is set aside for good: the next try begins a new one.
      if (isDamaged(error)) this.#replace();
      throw error;
    }
    this.#rotate();
  }

  #rotate(): void {
    const { maxBytes, maxAgeMs } = this.#settings;
    const { file } = this.#open;
    if (segmentBytes(file.path) < maxBytes / SEGMENTS && Date.now() - file.begunAt < maxAgeMs / SEGMENTS) return;
    this.#before?.db.close();
    this.#before = this.#open;
    this.#open = this.#begin();
    this.#prune();
  }

  #replace(): void {
    const { file, db } = this.#open;
    db.close();
    removeSegment(file.path);
    this.#open = this.#begin();
  }

  #begin(): Open {
    const { directory } = this.#settings;
    const last = listSegments(directory).at(-1)?.begunAt ?? 0;
    const begunAt = Math.max(Date.now(), last + 1);
    const file = { begunAt, path: segmentPath(directory, begunAt) };
    return prepare(file, openForWriting(file.path));
  }

  /** A segment ends when the next begins: that is the age of its youngest event. */
  #prune(): void {
    const { directory, maxBytes, maxAgeMs } = this.#settings;
    const segments = listSegments(directory);
    let bytes = segments.reduce((sum, { path }) => sum + segmentBytes(path), 0);
    segments.slice(0, -1).forEach(({ path }, i) => {
      const endedAt = segments[i + 1]?.begunAt ?? Infinity;
      if (bytes <= maxBytes * (1 - 1 / SEGMENTS) && Date.now() - endedAt <= maxAgeMs) return;
      bytes -= segmentBytes(path);
      if (this.#before?.file.path === path) {
        this.#before.db.close();
        this.#before = null;
      }
      removeSegment(path);
    });
  }
}

function tryOpen(file: SegmentFile): Open | null {
  try {
    return prepare(file, openForWriting(file.path));
  } catch {
    // Damaged by a power cut, or of another version: it stays for readers that can use it, until it is too old.
    return null;
  }
}

function prepare(file: SegmentFile, db: DatabaseSync): Open {
  return {
    file,
    db,
    event: db.prepare('INSERT INTO events (at, body) VALUES (?, ?)'),
    span: db.prepare('INSERT INTO spans (body) VALUES (?)'),
    key: db.prepare('INSERT OR IGNORE INTO keys (hash, ref) VALUES (?, ?)'),
    batch: db.prepare('INSERT OR IGNORE INTO batches (key) VALUES (?)'),
    known: db.prepare('SELECT 1 FROM batches WHERE key = ?'),
  };
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const isDamaged = (error: unknown) => [11, 26].includes(((error as { errcode?: unknown }).errcode as number) & 0xff);

function readBatch(data: Uint8Array): readonly MailEvent[] | null {
  try {
    const batch = JSON.parse(
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'),
    ) as Partial<EventBatch> | null;
    return batch?.v === 1 && Array.isArray(batch.events) ? batch.events : null;
  } catch {
    return null;
  }
}

function insertEvent(open: Open, event: MailEvent): 0 | 1 {
  const at = Date.parse(event.at);
  const body = JSON.stringify(event);
  if (Number.isNaN(at) || body.length > MAX_EVENT_CHARS) return 0;
  const { lastInsertRowid } = open.event.run(at, body);
  for (const hash of eventKeys(event)) open.key.run(hash, lastInsertRowid);
  return 1;
}
