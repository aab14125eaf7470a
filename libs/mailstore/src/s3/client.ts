import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../types.ts';

export interface S3Options {
  readonly endpoint?: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`; most servers other than Amazon's want it. */
  readonly forcePathStyle?: boolean;
  /** In front of every key: several stores may share a bucket. */
  readonly prefix?: string;
}

/** What is put: the same octets each time it is opened, so that a request that failed can be made again. */
export interface S3Body {
  readonly size: number;
  /** Of the octets, 32 octets; the server checks it. */
  readonly sha256: Uint8Array;
  open(): Uint8Array | Readable;
}

/** Most keys one request may delete or list. */
const PAGE = 1000;
const ATTEMPTS = 4;
/** Longest pause before the second attempt; doubled with each. */
const PAUSE_MS = 100;
const CONNECT_MS = 5_000;
/** A request that gets no octet for so long is given up. */
const IDLE_MS = 30_000;

/** What fails is told by rejecting; the client would write it to the console. */
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** One bucket of an S3-compatible server. Everything that fails there is UNAVAILABLE, after some attempts. */
export class S3Bucket {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(options: S3Options) {
    this.#bucket = options.bucket;
    this.#prefix = options.prefix ?? '';
    this.#client = new S3Client({
      region: options.region,
      ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
      credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
      forcePathStyle: options.forcePathStyle ?? false,
      maxAttempts: ATTEMPTS,
      logger: SILENT,
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: IDLE_MS, throwOnRequestTimeout: true },
      // ours is the SHA-256 below; other servers do not know the trailing checksums that are newer
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  /** Resolves when the server has it durably. */
  async put(key: string, body: S3Body): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const opened = body.open();
      try {
        await this.#client.send(
          new PutObjectCommand({
            Bucket: this.#bucket,
            Key: this.#prefix + key,
            Body: opened,
            ContentLength: body.size,
            ContentType: 'application/octet-stream',
            ChecksumSHA256: Buffer.from(body.sha256).toString('base64'),
          }),
        );
        return;
      } catch (error) {
        // the client cannot repeat what it streams: that is done here
        if (attempt >= ATTEMPTS || !(opened instanceof Readable)) throw unavailable(error);
        await sleep(Math.random() * (PAUSE_MS << attempt));
      } finally {
        if (opened instanceof Readable) opened.destroy();
      }
    }
  }

  /** Octets [start, end), start < end; null when there is no such object. */
  async get(key: string, start: number, end: number): Promise<AsyncIterable<Uint8Array> | null> {
    try {
      const range = `bytes=${String(start)}-${String(end - 1)}`;
      const { Body, ContentRange } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key, Range: range }),
      );
      if (!(Body instanceof Readable)) throw new Error('the server sent no body');
      // a server may send the whole instead (RFC 9110 §14.2)
      return ContentRange === undefined ? chunksOf(Body, start, end) : chunksOf(Body, 0, end - start);
    } catch (error) {
      const { name } = error as Error;
      if (name === 'NoSuchKey' || name === 'NotFound') return null;
      throw unavailable(error);
    }
  }

  /** Removes objects; one that is not there is removed already. */
  async remove(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += PAGE) {
      const Objects = keys.slice(at, at + PAGE).map((key) => ({ Key: this.#prefix + key }));
      try {
        const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } });
        const { Errors } = await this.#client.send(command);
        const failed = Errors?.find((each) => each.Code !== 'NoSuchKey');
        if (failed) throw new Error(failed.Message ?? failed.Code ?? 'an object could not be removed');
      } catch (error) {
        throw unavailable(error);
      }
    }
  }

  /** All keys that begin with `start`, in pages. */
  async *list(start = ''): AsyncGenerator<string[]> {
    let token: string | undefined;
    do {
      const page = await this.#client
        .send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#prefix + start,
            MaxKeys: PAGE,
            ContinuationToken: token,
          }),
        )
        .catch((error: unknown) => {
          throw unavailable(error);
        });
      yield (page.Contents ?? []).map(({ Key = '' }) => Key.slice(this.#prefix.length));
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  close(): void {
    this.#client.destroy();
  }
}

/** Octets [start, end) of an answer; one that ends before them is an error of the server. */
async function* chunksOf(body: Readable, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      const from = Math.max(start - at, 0);
      const to = Math.min(end - at, chunk.length);
      if (from < to) yield chunk.subarray(from, to);
      at += chunk.length;
      if (at >= end) return;
    }
  } catch (error) {
    throw unavailable(error);
  } finally {
    body.destroy();
  }
  throw new StoreError('UNAVAILABLE', `object storage sent ${String(at)} octets, ${String(end)} were to come`);
}

function unavailable(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { name, message } = error as Error;
  return new StoreError('UNAVAILABLE', `object storage: ${name}: ${message}`);
}
