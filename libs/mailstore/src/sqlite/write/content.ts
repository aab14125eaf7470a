import { createHash } from 'node:crypto';
import { describe } from '../../describe.ts';
import { StoreError } from '../../types.ts';
import type { ContentRef } from '../protocol.ts';
import { CONTENT_MISSING } from '../protocol.ts';
import { insertDescription } from './description.ts';
import type { Tx } from './tx.ts';

/** Content the store was said to know is not there any more: the caller sends it again with its octets. */
export class ContentMissing extends Error {
  readonly code = CONTENT_MISSING;
}

/** Gives each content of one request its row, storing it when its hash is new. Rows are made only for contents that are used. */
export class ContentTable {
  readonly #tx: Tx;
  readonly #contents: readonly ContentRef[];
  readonly #buffer: ArrayBuffer;
  readonly #ids: (number | undefined)[] = [];

  constructor(tx: Tx, contents: readonly ContentRef[], buffer: ArrayBuffer) {
    this.#tx = tx;
    this.#contents = contents;
    this.#buffer = buffer;
    // what ends up in no row is removed after the commit; `#store` takes its file off the list
    for (const { file } of contents) if (file !== undefined) tx.looseFiles.push(file);
  }

  /** Row id of content `index`. */
  id(index: number): number {
    return (this.#ids[index] ??= this.#store(this.content(index)));
  }

  content(index: number): ContentRef {
    const content = this.#contents[index];
    if (!content) throw new StoreError('INVALID', 'no such content in the request');
    return content;
  }

  #store(content: ContentRef): number {
    const tx = this.#tx;
    const bytes = content.offset === undefined ? null : new Uint8Array(this.#buffer, content.offset, content.size);
    const sha256 =
      content.sha256 === '' && bytes ? createHash('sha256').update(bytes).digest() : Buffer.from(content.sha256, 'hex');
    if (sha256.length !== 32) throw new StoreError('INVALID', 'sha256 must be 64 hex digits');
    const known = tx.sql('SELECT id FROM content WHERE sha256 = ?').get(sha256) as { id: number } | undefined;
    if (known) return known.id;
    const description = content.description ?? (bytes ? describe(bytes) : null);
    if (description === null) throw new ContentMissing('content is not in the store');
    const insert = tx.sql('INSERT INTO content (sha256, size, structure, file, bytes) VALUES (?, ?, ?, ?, ?)');
    const { lastInsertRowid } = insert.run(sha256, content.size, description.structure, content.file ?? null, bytes);
    const id = Number(lastInsertRowid);
    insertDescription(tx, id, description);
    if (content.file !== undefined) tx.looseFiles.splice(tx.looseFiles.indexOf(content.file), 1);
    return id;
  }
}
