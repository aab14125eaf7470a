import type { DatabaseSync } from 'node:sqlite';
import { type KeyKind, keyHash } from './keys.ts';
import { listSegments, openForReading } from './segment.ts';
import type { MailEvent, StoredSpan } from './types.ts';

export interface Found {
  readonly events: readonly MailEvent[];
  readonly spans: readonly StoredSpan[];
}

/** Looks things up in all segments, newest first. What it gives may only share a hash with what was asked: callers compare. */
export class EventReader {
  readonly #directory: string;
  readonly #open = new Map<string, DatabaseSync>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** At most `limit` of each, the newest. */
  find(kind: KeyKind, value: string, limit: number): Found {
    const hash = keyHash(kind, value);
    const events: MailEvent[] = [];
    const spans: StoredSpan[] = [];
    this.#each((db) => {
      const rows = <T>(table: string, condition: string, order: string, room: number) =>
        room <= 0
          ? []
          : bodies<T>(
              db
                .prepare(
                  `SELECT body FROM keys JOIN ${table} ON id = abs(ref) WHERE hash = ? AND ref ${condition} ORDER BY ref ${order} LIMIT ?`,
                )
                .all(hash, room),
            );
      events.push(...rows<MailEvent>('events', '> 0', 'DESC', limit - events.length));
      spans.push(...rows<StoredSpan>('spans', '< 0', 'ASC', limit - spans.length));
      return events.length < limit || spans.length < limit;
    });
    return { events, spans };
  }

  /** The newest events that tell of a message's arrival. */
  recent(limit: number): MailEvent[] {
    const events: MailEvent[] = [];
    this.#each((db) => {
      // The newest rows only: a scan back through everything for rare steps would stop others.
      const rows = bodies<MailEvent>(db.prepare('SELECT body FROM events ORDER BY id DESC LIMIT ?').all(limit * 40));
      events.push(...rows.filter((event) => event.step === 'accepted').slice(0, limit - events.length));
      return events.length < limit;
    });
    return events;
  }

  counts(): { events: number; spans: number; segments: number } {
    let events = 0;
    let spans = 0;
    let segments = 0;
    this.#each((db) => {
      // Rows are only ever added: the last id is their number.
      const row = db
        .prepare('SELECT (SELECT max(id) FROM events) AS events, (SELECT max(id) FROM spans) AS spans')
        .get();
      events += Number(row?.['events'] ?? 0);
      spans += Number(row?.['spans'] ?? 0);
      segments++;
      return true;
    });
    return { events, spans, segments };
  }

  close(): void {
    for (const db of this.#open.values()) db.close();
    this.#open.clear();
  }

  /** Newest first, until `visit` says that it has enough. A segment that cannot be read is passed over. */
  #each(visit: (db: DatabaseSync) => boolean): void {
    const files = listSegments(this.#directory).reverse();
    const living = new Set(files.map(({ path }) => path));
    for (const [path, db] of this.#open)
      if (!living.has(path)) {
        db.close();
        this.#open.delete(path);
      }
    for (const { path } of files) {
      try {
        let db = this.#open.get(path);
        if (db === undefined) this.#open.set(path, (db = openForReading(path)));
        if (!visit(db)) return;
      } catch {
        this.#open.get(path)?.close();
        this.#open.delete(path);
      }
    }
  }
}

function bodies<T>(rows: readonly Record<string, unknown>[]): T[] {
  return rows.map((row) => JSON.parse(String(row['body'])) as T);
}
