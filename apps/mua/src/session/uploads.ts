import { randomUUID } from 'node:crypto';
import type { Upload } from '../api-types.ts';
import { ApiError } from '../http/api-error.ts';

/** Octets of all attachments of one message. */
export const UPLOAD_LIMIT = 20 * 1024 * 1024;
const MAX_FILES = 100;
const KEEP_MS = 2 * 3_600_000;

export interface StoredUpload extends Upload {
  readonly content: Buffer;
}

/** Memory that all sessions share for attachments that wait. */
export class UploadBudget {
  #free: number;

  constructor(octets: number) {
    this.#free = octets;
  }

  take(octets: number): boolean {
    if (octets > this.#free) return false;
    this.#free -= octets;
    return true;
  }

  give(octets: number): void {
    this.#free += octets;
  }
}

/** Attachments of one session that wait for their message to be sent. */
export class Uploads {
  readonly #budget: UploadBudget;
  readonly #files = new Map<string, { upload: StoredUpload; used: number }>();

  constructor(budget: UploadBudget) {
    this.#budget = budget;
  }

  get size(): number {
    return [...this.#files.values()].reduce((sum, { upload }) => sum + upload.size, 0);
  }

  add(name: string, type: string, content: Buffer): Upload {
    this.#dropOld();
    if (this.size + content.length > UPLOAD_LIMIT || this.#files.size >= MAX_FILES)
      throw new ApiError(413, 'TOO_LARGE', 'Attachments of one message can be 20 MiB together.');
    if (!this.#budget.take(content.length))
      throw new ApiError(503, 'BUSY', 'Too many attachments are on their way right now. Try again in a minute.', 60);
    const upload: StoredUpload = {
      id: randomUUID(),
      name: fileName(name),
      type: mediaType(type),
      size: content.length,
      content,
    };
    this.#files.set(upload.id, { upload, used: performance.now() });
    return { id: upload.id, name: upload.name, type: upload.type, size: upload.size };
  }

  get(ids: readonly string[]): StoredUpload[] {
    return ids.map((id) => {
      const file = this.#files.get(id);
      if (file === undefined) throw new ApiError(410, 'UPLOAD_GONE', 'An attachment waited too long. Add it again.');
      file.used = performance.now();
      return file.upload;
    });
  }

  remove(id: string): void {
    const file = this.#files.get(id);
    if (file === undefined) return;
    this.#files.delete(id);
    this.#budget.give(file.upload.size);
  }

  clear(): void {
    for (const id of [...this.#files.keys()]) this.remove(id);
  }

  #dropOld(): void {
    for (const [id, { used }] of this.#files) if (performance.now() - used > KEEP_MS) this.remove(id);
  }
}

/** A name that is one path component without control characters. */
export function fileName(name: string): string {
  const cleaned = name
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
    .replaceAll(/[/\\]/g, '_')
    .trim();
  return cleaned.slice(0, 200) || 'attachment';
}

export function mediaType(type: string): string {
  return /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(type) ? type.toLowerCase() : 'application/octet-stream';
}
