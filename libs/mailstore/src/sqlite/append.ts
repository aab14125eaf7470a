import { packFlags } from '../flags.ts';
import type { AppendItem, AppendItems } from '../types.ts';
import { StoreError } from '../types.ts';
import type { ContentFiles } from './files.ts';
import { Gather, once } from './pack.ts';
import type { AppendRequest, ContentRef } from './protocol.ts';

/** Octets of small contents that one request holds in memory; what comes after them goes to files whatever its size. */
const HELD = 8 << 20;

type Packed = Pick<AppendRequest, 'rows' | 'contents' | 'buffer'>;

export interface AppendTools {
  readonly files: ContentFiles;
  readonly inlineLimit: number;
  /** OVER_QUOTA as soon as so many octets have come. */
  readonly maxBytes: number;
}

/**
 * Reads appended messages one after the other, small ones into memory, others into files. When one fails, what was written for those
 * before it is removed. The writer computes the hashes of the small ones.
 */
export async function packAppend(items: AppendItems, tools: AppendTools): Promise<Packed> {
  const reader = new AppendReader(tools);
  try {
    for await (const item of items) await reader.take(item);
    return { rows: reader.rows, contents: reader.contents, buffer: reader.gather.join() };
  } catch (error) {
    await tools.files.remove(reader.contents.flatMap(({ file }) => file ?? []));
    throw error;
  }
}

class AppendReader {
  readonly rows: AppendRequest['rows'][number][] = [];
  readonly contents: ContentRef[] = [];
  readonly gather = new Gather();
  readonly #tools: AppendTools;
  #total = 0;

  constructor(tools: AppendTools) {
    this.#tools = tools;
  }

  async take(item: AppendItem): Promise<void> {
    const flags = packFlags(item.flags);
    this.#room(item.size ?? 0);
    const ref = await this.#read(item);
    this.#total += ref.size;
    this.contents.push(ref);
    this.rows.push({ ...flags, date: item.internalDate });
  }

  #room(size: number): void {
    if (this.#total + size > this.#tools.maxBytes) throw new StoreError('OVER_QUOTA', 'quota exceeded');
  }

  async #read({ content, size }: AppendItem): Promise<ContentRef> {
    const stream = this.#counted(content instanceof Uint8Array ? once(content) : content);
    const limit = this.gather.size > HELD ? 0 : this.#tools.inlineLimit;
    if (size !== null && size > limit) return this.#tools.files.write(stream, size);
    const held: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const next = await stream.next();
      if (next.done) break;
      // a copy: whoever gave the chunk may use it again
      held.push(Uint8Array.from(next.value));
      length += next.value.length;
      if (size !== null && length > size) {
        await stream.return(undefined);
        throw new StoreError('INVALID', 'the content is longer than announced');
      }
      if (size === null && length > limit) return this.#tools.files.write(chain(held, stream), null);
    }
    if (size !== null && length !== size) throw new StoreError('INVALID', 'the content is shorter than announced');
    const offset = this.gather.size;
    for (const piece of held) this.gather.add(piece);
    return { sha256: '', size: length, offset };
  }

  async *#counted(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let length = 0;
    for await (const chunk of stream) {
      length += chunk.length;
      this.#room(length);
      yield chunk;
    }
  }
}

async function* chain(held: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* held;
  yield* rest;
}
