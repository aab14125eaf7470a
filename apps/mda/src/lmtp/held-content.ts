import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContentSource } from '@postroad/mailstore';

/** Octets of a message that are held in memory; longer ones go through a file. */
const IN_MEMORY = 256 << 10;

/** A message on its way from a socket into the store, which wants its hash first. Nothing was promised yet, so nothing is synced. */
export class HeldContent {
  readonly #hash = createHash('sha256');
  #chunks: Uint8Array[] = [];
  #size = 0;
  #file: FileHandle | null = null;
  #path = '';

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#size += chunk.length;
    if (this.#file === null && this.#size > IN_MEMORY) await this.#spill();
    if (this.#file === null) this.#chunks.push(Buffer.from(chunk));
    else await this.#file.writeFile(chunk);
  }

  async #spill(): Promise<void> {
    const folder = join(tmpdir(), 'postroad-lmtp');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    this.#path = join(folder, randomUUID());
    this.#file = await open(this.#path, 'wx', 0o600);
    for (const chunk of this.#chunks) await this.#file.writeFile(chunk);
    this.#chunks = [];
  }

  /** The whole content; call once, after the last `write`. */
  source(): ContentSource {
    const inline = this.#file === null ? Buffer.concat(this.#chunks) : null;
    const path = this.#path;
    return {
      size: this.#size,
      sha256: this.#hash.digest('hex'),
      inline,
      stream: () => createReadStream(path, { highWaterMark: 256 << 10 }) as AsyncIterable<Uint8Array>,
    };
  }

  async discard(): Promise<void> {
    this.#chunks = [];
    await this.#file?.close();
    if (this.#path !== '') await rm(this.#path, { force: true });
    this.#file = null;
  }
}
