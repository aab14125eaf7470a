import { randomBytes } from 'node:crypto';
import type { ContentSource } from '../types.ts';
import { StoreError } from '../types.ts';
import { insertContents } from './content-rows.ts';
import type { Database, Sql } from './database.ts';
import { Again } from './errors.ts';
import type { Objects } from './objects.ts';
import type { Prepared } from './prepared.ts';
import type { Spooled } from './spool.ts';
import { spool, spoolBytes } from './spool.ts';

/** A content that the store had when it was looked for is gone: it must be brought again. */
class ContentMissing extends Error {
  readonly sha256: string;
  constructor(sha256: string) {
    super('content is not in the store any more');
    this.name = 'ContentMissing';
    this.sha256 = sha256;
  }
}

/** Contents of one batch that may be found missing one after the other, before it is given up. */
const MOST_MISSING = 100;

interface Tools {
  readonly db: Database;
  readonly objects: Objects;
  readonly inlineLimit: number;
  readonly spoolDirectory: string | undefined;
}

/** States of an `object` row. One that is not `USED` may be removed by garbage collection: see garbage.ts. */
export const UPLOADING = 0;
export const USED = 1;
export const RELEASED = 2;

/** How contents come in: before the transaction that refers to them, since inside one nothing but the database is awaited. */
export class Contents {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** A content of a delivery. One the store has already is not read, unless it is among `missing`. */
  async prepare(source: ContentSource, missing: ReadonlySet<string>): Promise<Prepared> {
    const { size, inline } = source;
    const sha256 = source.sha256.toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new StoreError('INVALID', 'sha256 must be 64 hex digits');
    const { inlineLimit } = this.#tools;
    if (inline && inline.length <= inlineLimit) return this.#place(spoolBytes(inline, { size, sha256 }, inlineLimit));
    if (!missing.has(sha256) && (await this.#knows(sha256))) return { sha256, size, spooled: null, object: null };
    if (inline) return this.#place(spoolBytes(inline, { size, sha256 }, inlineLimit));
    return this.#place(await this.#spool(source.stream(), size, sha256));
  }

  /** What an APPEND brings, of unknown hash and perhaps of unknown size. */
  async take(content: Uint8Array | AsyncIterable<Uint8Array>, size: number | null): Promise<Prepared> {
    const { inlineLimit } = this.#tools;
    if (content instanceof Uint8Array) return this.#place(spoolBytes(content, { size, sha256: null }, inlineLimit));
    return this.#place(await this.#spool(content, size, null));
  }

  #spool(stream: AsyncIterable<Uint8Array>, size: number | null, sha256: string | null): Promise<Spooled> {
    const { inlineLimit, spoolDirectory } = this.#tools;
    return spool(stream, { size, sha256 }, inlineLimit, spoolDirectory);
  }

  async #knows(sha256: string): Promise<boolean> {
    const rows = await this.#tools.db.rows('SELECT 1 FROM content WHERE sha256 = $1', [Buffer.from(sha256, 'hex')]);
    return rows.length > 0;
  }

  /**
   * Puts a large one where it stays. Its key is announced first, so that an object whose transaction never comes is found
   * without a listing of the bucket; and it is new, so that removing another upload of the same octets cannot hit it.
   */
  async #place(spooled: Spooled): Promise<Prepared> {
    const { db, objects } = this.#tools;
    const sha256 = spooled.sha256.toString('hex');
    if (spooled.inline) return { sha256, size: spooled.size, spooled, object: null };
    const object = objects.key(sha256, randomBytes(8).toString('hex'));
    try {
      await db.rows('INSERT INTO object (key, state, at) VALUES ($1, $2, $3)', [object, UPLOADING, Date.now()]);
      await objects.put(object, spooled.body);
    } finally {
      await spooled.discard();
    }
    return { sha256, size: spooled.size, spooled, object };
  }

  /** Inside the transaction that refers to them: gives each content its row and keeps it from being removed. Ids by hash. */
  async rows(sql: Sql, contents: readonly Prepared[]): Promise<Map<string, number>> {
    const byHash = new Map(contents.map((content) => [content.sha256, content]));
    // in one order everywhere, so that two transactions with the same contents do not wait for each other
    const sorted = [...byHash.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
    const fresh = sorted.filter((content) => content.spooled);
    const ids = fresh.length > 0 ? await this.#insert(sql, fresh) : new Map<string, number>();
    const others = sorted.filter((content) => !ids.has(content.sha256));
    if (others.length === 0) return ids;
    const rows = await sql.rows<{ id: number; sha256: string }>(
      `SELECT id, encode(sha256, 'hex') AS sha256 FROM content
       WHERE sha256 = ANY(SELECT decode(x, 'hex') FROM unnest($1::text[]) x) ORDER BY id FOR KEY SHARE`,
      [others.map((content) => content.sha256)],
    );
    for (const row of rows) ids.set(row.sha256, row.id);
    for (const { sha256, spooled } of others) {
      if (ids.has(sha256)) continue;
      // removed between the two statements: what is at hand goes in the next time
      throw spooled ? new Again('a content was removed meanwhile') : new ContentMissing(sha256);
    }
    return ids;
  }

  async #insert(sql: Sql, fresh: readonly Prepared[]): Promise<Map<string, number>> {
    const made = await insertContents(sql, fresh);
    const objects = fresh.flatMap(({ object, sha256 }) => (object === null ? [] : [{ object, sha256 }]));
    if (objects.length === 0) return made;
    // an upload that somebody else's made needless is given back; its key is no one's
    const used = objects.filter(({ sha256 }) => made.has(sha256)).map(({ object }) => object);
    const changed = await sql.rows<{ key: string }>(
      `UPDATE object SET state = CASE WHEN key = ANY($2) THEN ${String(USED)} ELSE ${String(RELEASED)} END
       WHERE key = ANY($1) AND state = ${String(UPLOADING)} RETURNING key`,
      [objects.map(({ object }) => object), used],
    );
    const still = new Set(changed.map(({ key }) => key));
    for (const { object, sha256 } of objects)
      if (made.has(sha256) && !still.has(object)) throw new ContentMissing(sha256);
    return made;
  }

  /**
   * Prepares contents and runs the transaction that refers to them, again with their octets when one that was known is gone. What
   * was put for nothing is given back.
   */
  async file<P extends Prepared, T>(
    prepare: (missing: ReadonlySet<string>, into: P[]) => Promise<void>,
    transaction: (sql: Sql, prepared: readonly P[]) => Promise<T>,
  ): Promise<T> {
    const missing = new Set<string>();
    for (;;) {
      const prepared: P[] = [];
      try {
        await prepare(missing, prepared);
        return await this.#tools.db.transaction((sql) => transaction(sql, prepared));
      } catch (error) {
        await this.#giveBack(prepared);
        if (!(error instanceof ContentMissing) || missing.size >= MOST_MISSING) throw error;
        missing.add(error.sha256);
      }
    }
  }

  /** After a transaction that came to nothing: what was put for it may go at once. Best effort; garbage collection finds the rest. */
  async #giveBack(contents: readonly Prepared[]): Promise<void> {
    const keys = contents.flatMap(({ object }) => object ?? []);
    if (keys.length === 0) return;
    await this.#tools.db
      .rows(`UPDATE object SET state = ${String(RELEASED)} WHERE key = ANY($1) AND state = ${String(UPLOADING)}`, [
        keys,
      ])
      .catch(() => undefined);
  }
}
