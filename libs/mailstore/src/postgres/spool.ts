import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Body } from '../s3/client.ts';
import { type Description, DescriptionSink, describe } from '../describe.ts';
import { StoreError } from '../types.ts';

/** The octets of one content on their way in: in memory when there are few of them, in a file otherwise. */
export interface Spooled {
  readonly size: number;
  readonly sha256: Buffer;
  readonly description: Description;
  /** All of it when it is small enough for its row, else null. */
  readonly inline: Uint8Array | null;
  /** The octets to put elsewhere when it is not. */
  readonly body: S3Body;
  discard(): Promise<void>;
}

/** What is known of the octets that come; null where only their end tells. */
interface Announced {
  readonly size: number | null;
  readonly sha256: string | null;
}

/** Reads a stream to its end. Memory stays at `limit`: what is longer goes through a file. INVALID when it is not what was announced. */
export async function spool(
  stream: AsyncIterable<Uint8Array>,
  announced: Announced,
  limit: number,
  directory = tmpdir(),
): Promise<Spooled> {
  const held: Buffer[] = [];
  const sink = new SpoolSink(announced, directory);
  try {
    for await (const chunk of stream) {
      sink.count(chunk);
      if (sink.size > limit || (announced.size ?? 0) > limit) {
        for (const piece of held.splice(0)) await sink.write(piece);
        await sink.write(chunk);
      } else held.push(Buffer.from(chunk));
    }
    return await sink.end(held);
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** The same of octets in memory. */
export function spoolBytes(bytes: Uint8Array, announced: Announced, limit: number): Spooled {
  const sha256 =
    announced.sha256 === null ? createHash('sha256').update(bytes).digest() : Buffer.from(announced.sha256, 'hex');
  checkSize(announced, bytes.length);
  return {
    size: bytes.length,
    sha256,
    description: describe(bytes),
    inline: bytes.length <= limit ? bytes : null,
    body: { size: bytes.length, sha256, open: () => bytes },
    discard: () => Promise.resolve(),
  };
}

function checkSize(announced: Announced, size: number): void {
  if (announced.size !== null && announced.size !== size)
    throw new StoreError('INVALID', `the content has ${String(size)} octets, ${String(announced.size)} were announced`);
}

class SpoolSink {
  size = 0;
  readonly #announced: Announced;
  readonly #path: string;
  readonly #hash = createHash('sha256');
  readonly #description = new DescriptionSink();
  #file: Awaited<ReturnType<typeof open>> | null = null;

  constructor(announced: Announced, directory: string) {
    this.#announced = announced;
    this.#path = join(directory, `postroad-spool-${randomBytes(12).toString('hex')}`);
  }

  count(chunk: Uint8Array): void {
    this.size += chunk.length;
    if (this.#announced.size !== null && this.size > this.#announced.size)
      throw new StoreError(
        'INVALID',
        `the content is longer than the ${String(this.#announced.size)} octets announced`,
      );
    this.#hash.update(chunk);
    this.#description.push(chunk);
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      this.#file ??= await open(this.#path, 'wx', 0o600);
      await this.#file.writeFile(chunk);
    } catch (error) {
      throw new StoreError('UNAVAILABLE', error instanceof Error ? error.message : String(error));
    }
  }

  async end(held: readonly Buffer[]): Promise<Spooled> {
    checkSize(this.#announced, this.size);
    const sha256 = this.#hash.digest();
    if (this.#announced.sha256 !== null && sha256.toString('hex') !== this.#announced.sha256.toLowerCase())
      throw new StoreError('INVALID', 'the content does not have the hash announced');
    const inline = this.#file ? null : Buffer.concat(held);
    await this.#file?.close();
    return {
      size: this.size,
      sha256,
      description: this.#description.end(),
      inline,
      body: { size: this.size, sha256, open: () => inline ?? createReadStream(this.#path) },
      discard: () => this.discard(),
    };
  }

  async discard(): Promise<void> {
    if (!this.#file) return;
    await this.#file.close().catch(() => undefined);
    await rm(this.#path, { force: true });
  }
}
