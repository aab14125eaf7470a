import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageStructure, Part } from '@postroad/message';
import type { ReadRange } from '../../text.ts';
import type { Reader } from './reader.ts';

/** What is searched of a mail: trace fields in front, the structure of the content, and its octets. */
export interface StoredMail {
  readonly prefix: Uint8Array;
  readonly part: Part;
  readonly read: ReadRange;
  /** Octets of the content. */
  readonly size: number;
}

type Row = [prefix: Uint8Array, structure: string, file: string | null, size: number, bytes: Uint8Array | null];

const SELECT = `SELECT p.prefix, c.structure, c.file, c.size, c.bytes FROM mail p JOIN content c ON c.id = p.content WHERE p.id = ?`;

/** Works on a mail with its octets at hand; null when it is gone. */
export function withMail<T>(reader: Reader, mail: number, work: (mail: StoredMail) => T): T | null {
  const row = reader.arrays(SELECT).get(mail) as unknown as Row | undefined;
  if (!row) return null;
  const [prefix, json, file, size, bytes] = row;
  const { part } = JSON.parse(json) as MessageStructure;
  if (file === null) {
    const octets = bytes ?? new Uint8Array(0);
    const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    return work({ prefix, part, size, read: (start, end) => buffer.subarray(start, Math.max(start, end)) });
  }
  const fd = openFile(join(reader.directory, 'content', file));
  if (fd === null) return null;
  try {
    return work({ prefix, part, size, read: (start, end) => readFile(fd, start, Math.min(end, size)) });
  } finally {
    closeSync(fd);
  }
}

function openFile(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    // the garbage collection was faster: so is the message gone
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function readFile(fd: number, start: number, end: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, end - start));
  return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, start));
}
