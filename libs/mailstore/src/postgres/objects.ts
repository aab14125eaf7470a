import { S3Bucket } from '../s3/client.ts';
import type { S3Body } from '../s3/client.ts';
import { MessageGone } from '../types.ts';
import type { Database } from './database.ts';
import type { PostgresStoreOptions } from './options.ts';

/** Octets of one row of a content that is kept in the database, and of one read from it. */
const CHUNK = 256 << 10;
const S3 = 's3/';
const DB = 'db/';

/**
 * Contents too large for a column of their row: in S3, or, without one, in pieces in the database. The key says where, so that a store
 * that is given a bucket later still reads what came before.
 */
export class Objects {
  readonly #db: Database;
  readonly #bucket: S3Bucket | null;

  constructor(db: Database, options: PostgresStoreOptions) {
    this.#db = db;
    this.#bucket = options.s3 ? new S3Bucket(options.s3) : null;
  }

  /** A key for octets of this hash; `unique` makes it one that nobody else uses. */
  key(sha256: string, unique: string): string {
    return `${this.#bucket ? S3 : DB}${sha256.slice(0, 2)}/${sha256}-${unique}`;
  }

  /** Resolves when all of it is durable. */
  async put(key: string, body: S3Body): Promise<void> {
    if (key.startsWith(S3)) return this.#needBucket().put(key.slice(S3.length), body);
    await this.remove([key]);
    let n = 0;
    for await (const chunk of pieces(body.open())) {
      await this.#db.rows('INSERT INTO object_chunk (key, n, bytes) VALUES ($1, $2, $3)', [key, n++, chunk]);
    }
  }

  /** Octets [start, end). @throws MessageGone when the object was removed */
  async *read(key: string, uid: number, start: number, end: number): AsyncGenerator<Uint8Array> {
    if (start >= end) return;
    if (!key.startsWith(S3)) {
      yield* this.#readChunks(key, uid, start, end);
      return;
    }
    const octets = await this.#needBucket().get(key.slice(S3.length), start, end);
    if (!octets) throw new MessageGone(uid);
    yield* octets;
  }

  async *#readChunks(key: string, uid: number, start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end;) {
      const n = Math.floor(at / CHUNK);
      const within = at - n * CHUNK;
      const length = Math.min(CHUNK - within, end - at);
      const [row] = await this.#db.rows<{ bytes: Buffer }>(
        'SELECT substring(bytes FROM $3 FOR $4) AS bytes FROM object_chunk WHERE key = $1 AND n = $2',
        [key, n, within + 1, length],
      );
      if (row?.bytes.length !== length) throw new MessageGone(uid);
      yield row.bytes;
      at += length;
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    const inDatabase = keys.filter((key) => !key.startsWith(S3));
    if (inDatabase.length > 0) await this.#db.rows('DELETE FROM object_chunk WHERE key = ANY($1)', [inDatabase]);
    const inBucket = keys.filter((key) => key.startsWith(S3)).map((key) => key.slice(S3.length));
    if (inBucket.length > 0) await this.#needBucket().remove(inBucket);
  }

  close(): void {
    this.#bucket?.close();
  }

  #needBucket(): S3Bucket {
    if (!this.#bucket) throw new Error('some contents are in S3, but this store was given no bucket');
    return this.#bucket;
  }
}

/** Octets in pieces of exactly one row, the last one shorter. */
async function* pieces(octets: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (octets instanceof Uint8Array) {
    for (let at = 0; at < octets.length; at += CHUNK) yield octets.subarray(at, at + CHUNK);
    return;
  }
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of octets) {
    held.push(chunk);
    size += chunk.length;
    if (size < CHUNK) continue;
    const all = Buffer.concat(held);
    const whole = all.length - (all.length % CHUNK);
    for (let at = 0; at < whole; at += CHUNK) yield all.subarray(at, at + CHUNK);
    held = [all.subarray(whole)];
    size = all.length - whole;
  }
  if (size > 0) yield Buffer.concat(held);
}
