import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Description, DescriptionSink } from '../describe.ts';
import { MessageGone, StoreError } from '../types.ts';

const READ_CHUNK = 1 << 16;
/** A file this old that no row refers to was left by a crash, not by a delivery under way. */
const ORPHAN_AGE_MS = 3_600_000;

/** A content written, synced and named, ready to be referred to by a transaction. */
export interface WrittenFile {
  /** `<first two hex digits>/<sha256>-<random>`, below the content directory. */
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
  readonly description: Description;
}

/**
 * Contents too large for the database: a file each, never changed. A file exists under its name only when all of it and its
 * directory entry are on the disk. Names are unique, so that two deliveries of one content do not get in each other's way.
 */
export class ContentFiles {
  readonly #root: string;

  constructor(directory: string) {
    this.#root = join(directory, 'content');
  }

  /** Makes the folders, all of them and durably, so that a file's own folder is the only one its writer has to sync. */
  async prepare(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    for (let i = 0; i < 256; i++) {
      await mkdir(join(this.#root, i.toString(16).padStart(2, '0')), { recursive: true, mode: 0o700 });
    }
    await syncDirectory(this.#root);
    await syncDirectory(join(this.#root, '..'));
  }

  /** Writes a stream chunk by chunk; INVALID when it has another size than announced (null: as many octets as come). */
  async write(stream: AsyncIterable<Uint8Array>, size: number | null): Promise<WrittenFile> {
    const random = randomBytes(8).toString('hex');
    const temporary = join(this.#root, `${random}.tmp`);
    const handle = await io(open(temporary, 'wx', 0o600));
    const hash = createHash('sha256');
    const sink = new DescriptionSink();
    let written = 0;
    try {
      for await (const chunk of stream) {
        written += chunk.length;
        if (size !== null && written > size) break;
        hash.update(chunk);
        sink.push(chunk);
        await io(handle.writeFile(chunk));
      }
      if (size !== null && written !== size) throw wrongSize(size, written);
      await io(handle.sync());
      await io(handle.close());
      const sha256 = hash.digest('hex');
      const file = `${sha256.slice(0, 2)}/${sha256}-${random}`;
      await io(this.#publish(temporary, file));
      return { file, sha256, size: written, description: sink.end() };
    } catch (error) {
      await handle.close().catch(() => undefined);
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async #publish(temporary: string, file: string): Promise<void> {
    await rename(temporary, join(this.#root, file));
    await syncDirectory(join(this.#root, file.slice(0, 2)));
  }

  /** Takes back what was written for a request that failed. What stays after a crash is found by the next sweep. */
  async remove(files: readonly string[]): Promise<void> {
    for (const file of files) await rm(join(this.#root, file), { force: true });
  }

  /** Octets [start, end) of a file. */
  async *read(file: string, uid: number, start: number, end: number): AsyncGenerator<Uint8Array> {
    const handle = await open(join(this.#root, file), 'r').catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new MessageGone(uid) : error;
    });
    try {
      for (let at = start; at < end;) {
        const { bytesRead, buffer } = await handle.read(
          Buffer.allocUnsafe(Math.min(READ_CHUNK, end - at)),
          0,
          null,
          at,
        );
        if (bytesRead === 0) throw new StoreError('UNAVAILABLE', 'a content file is shorter than it was');
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    } finally {
      await handle.close();
    }
  }

  /** Removes files that a crash left: temporary ones, and those `unreferenced` says no row refers to. */
  async sweep(unreferenced: (files: string[]) => Promise<readonly string[]>): Promise<void> {
    for (const entry of await readdir(this.#root, { withFileTypes: true })) {
      if (entry.isFile()) await this.#removeOld(entry.name);
      else {
        const names = await readdir(join(this.#root, entry.name));
        for (const file of await unreferenced(names.map((name) => `${entry.name}/${name}`)))
          await this.#removeOld(file);
      }
    }
  }

  async #removeOld(file: string): Promise<void> {
    const path = join(this.#root, file);
    const age = Date.now() - (await stat(path)).mtimeMs;
    if (age > ORPHAN_AGE_MS) await unlink(path);
  }
}

/** An error of the file system is about the store; one of the stream that is read stays what it is. */
async function io<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new StoreError('UNAVAILABLE', error instanceof Error ? error.message : String(error));
  }
}

function wrongSize(expected: number, got: number): StoreError {
  return new StoreError('INVALID', `the content has ${String(got)} octets, ${String(expected)} were announced`);
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
