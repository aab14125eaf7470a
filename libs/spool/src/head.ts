import { UnknownVersion } from '@postroad/bus';
import { isQueueId } from '@postroad/mail';
import { SpoolCorrupt, type SpoolHead } from './types.ts';

/** A head on the bus: length of the JSON (4 bytes, big-endian), the JSON, then the inline content. */
export function encodeHead(head: SpoolHead, inline: readonly Uint8Array[]): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, ...inline]);
}

/**
 * Reads a head; `inline` is a view into `data`, null when the content went ahead in chunks.
 * @throws UnknownVersion for a newer head: hold it. @throws SpoolCorrupt for bytes that are no head.
 */
export function decodeHead(data: Uint8Array): { head: SpoolHead; inline: Uint8Array | null } {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length < 4) throw new SpoolCorrupt('a head of less than four bytes');
  const end = 4 + bytes.readUInt32BE(0);
  if (end > bytes.length) throw new SpoolCorrupt('a head that ends before its JSON does');
  let head: SpoolHead;
  try {
    head = JSON.parse(bytes.toString('utf8', 4, end)) as SpoolHead;
  } catch {
    throw new SpoolCorrupt('a head whose JSON cannot be read');
  }
  if ((head.v as number) !== 1) throw new UnknownVersion(`a spool head of version ${String(head.v)}`);
  if (!isQueueId(head.queueId)) throw new SpoolCorrupt('a head without a queue id');
  if (head.chunks > 0) return { head, inline: null };
  if (bytes.length - end !== head.size)
    throw new SpoolCorrupt(`head of ${head.queueId} says ${head.size} bytes and holds ${bytes.length - end}`);
  return { head, inline: bytes.subarray(end) };
}
