import { UnknownVersion } from './errors.ts';

/** What every record on the bus carries: its version. Readers accept the current one and the one before (DESIGN §4). */
export interface Versioned {
  readonly v: number;
}

const MAX_RECORD = 1024 * 1024;

export function encodeRecord(record: Versioned): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/**
 * Reads a record of one of the accepted versions.
 * @throws UnknownVersion when `v` is another one, or when the bytes are not a record at all: hold it, a newer agent may know it.
 */
export function decodeRecord<T extends Versioned>(data: Uint8Array, accepted: readonly T['v'][]): T {
  if (data.length > MAX_RECORD) throw new UnknownVersion(`a record of ${data.length} bytes is no record of ours`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  } catch {
    throw new UnknownVersion('a record that is not JSON');
  }
  const v = (parsed as { v?: unknown } | null)?.v;
  if (typeof v !== 'number' || !accepted.includes(v)) throw new UnknownVersion(`a record of version ${String(v)}`);
  return parsed as T;
}
