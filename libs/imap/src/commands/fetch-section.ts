import { Refusal, SessionEnd } from '../errors.ts';
import type { FetchItem, SectionItem, SizeItem } from '../parse/fetch-items.ts';
import { cut, locate, type Located, partNamed, type Range, rangeOf } from '../session/section.ts';
import { decodeStream, isDecodable } from '../session/transfer.ts';
import type { Output } from '../write/output.ts';

/** Decoded octets that are kept between counting and sending; longer ones are read twice. */
const KEEP = 256 << 10;

/** BODY[…] (RFC 9051 §6.4.5), its octets passed on as they come and as fast as the client takes them. */
export async function writeSection(output: Output, message: Located, item: SectionItem): Promise<void> {
  const found = await locate(message, item);
  if (!found) {
    output.text(`${item.label} NIL`);
    return;
  }
  if (Buffer.isBuffer(found)) {
    const { start, end } = cut({ start: 0, end: found.length }, item.partial);
    output.add(`${item.label} {${String(end - start)}}\r\n`, found.subarray(start, end));
    return;
  }
  const range = cut(found, item.partial);
  if (message.inline) {
    output.text(`${item.label} {${String(range.end - range.start)}}\r\n`);
    output.bytes(message.inline.subarray(range.start, range.end));
    return;
  }
  output.text(`${item.label} {${String(range.end - range.start)}}\r\n`);
  await promised(output, range.end - range.start, () => message.read(range.start, range.end));
}

/**
 * BINARY[…] (RFC 3516 §4.2): a part without its transfer encoding. Its length has to stand in front of it, so that it is counted
 * first.
 */
export async function writeBinary(output: Output, message: Located, item: SectionItem): Promise<void> {
  const source = decodedSource(message, item.path);
  if (!source) {
    output.text(`${item.label} NIL`);
    return;
  }
  const measured = await measure(source());
  const { start, end } = cut({ start: 0, end: measured.size }, item.partial);
  // literal8 only where it is needed: not every client knows it
  output.text(`${item.label} ${measured.hasNul ? '~' : ''}{${String(end - start)}}\r\n`);
  if (measured.kept) output.bytes(measured.kept.subarray(start, end));
  else await promised(output, end - start, () => slice(source(), start, end));
}

/** BINARY.SIZE[…] (RFC 3516 §4.3); 0 for a part that is not there, as the grammar wants a number. */
export async function writeBinarySize(output: Output, message: Located, item: SizeItem): Promise<void> {
  const source = decodedSource(message, item.path);
  const size = source ? (await measure(source())).size : 0;
  output.text(`${item.label} ${String(size)}`);
}

/** Decoded octets of a part, as often as asked for; multiparts and messages have no encoding that could be undone. */
function decodedSource(message: Located, path: string): (() => AsyncIterable<Uint8Array>) | null {
  const range = rangeOf(message, path);
  return range && (() => decodeStream(read(message, range), encodingOf(message, path)));
}

function encodingOf(message: Located, path: string): string {
  const part = path === '' ? null : partNamed(message.structure(), path);
  return part && !part.parts && !part.message ? part.encoding : '';
}

/** Before anything of the answer is written. @throws Refusal UNKNOWN-CTE (RFC 3516 §4.3) */
export function requireDecodable(message: Located, item: FetchItem): void {
  if (item.kind !== 'binary' && item.kind !== 'binary-size') return;
  if (!isDecodable(encodingOf(message, item.path)))
    throw new Refusal('NO', 'UNKNOWN-CTE', 'the transfer encoding of this part is not known');
}

async function* read(message: Located, { start, end }: Range): AsyncGenerator<Uint8Array> {
  if (end > start) yield* message.read(start, end);
}

interface Measured {
  readonly size: number;
  readonly hasNul: boolean;
  /** The octets, when they are few. */
  readonly kept: Buffer | null;
}

async function measure(content: AsyncIterable<Uint8Array>): Promise<Measured> {
  let kept: Uint8Array[] | null = [];
  let size = 0;
  let hasNul = false;
  for await (const piece of content) {
    size += piece.length;
    hasNul ||= piece.includes(0);
    if (size > KEEP) kept = null;
    kept?.push(piece);
  }
  return { size, hasNul, kept: kept && Buffer.concat(kept) };
}

async function* slice(content: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of content) {
    const from = Math.max(0, start - at);
    const to = Math.min(piece.length, end - at);
    if (from < to) yield piece.subarray(from, to);
    at += piece.length;
    if (at >= end) return;
  }
}

/** The length is promised: if the octets do not come, the connection cannot go on. */
async function promised(output: Output, length: number, content: () => AsyncIterable<Uint8Array>): Promise<void> {
  let left = length;
  try {
    if (left > 0) {
      for await (const chunk of content()) {
        left -= chunk.length;
        output.bytes(chunk);
        if (output.full) await output.flush();
      }
    }
  } catch (error) {
    if (error instanceof SessionEnd) throw error;
    if ((error as { code?: unknown }).code === 'NOT_FOUND') throw new SessionEnd('a message went while it was read');
    throw new SessionEnd('[UNAVAILABLE] a message could not be read');
  }
  if (left !== 0) throw new SessionEnd('[UNAVAILABLE] a message could not be read in whole');
}
