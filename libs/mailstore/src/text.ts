import type { Part } from '@postroad/message';
import { decodeCharset, decodeTransfer, decodeWords } from '@postroad/message';

/** Octets of one text part that a search looks at. */
const TEXT_LIMIT = 16 << 20;

/** Reads octets [start, end) of the content. */
export type ReadRange = (start: number, end: number) => Buffer;

/** How texts compare in a search (RFC 3501 §6.4.4: without regard to case). */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** A header section as lines `name: value`, unfolded and with encoded words decoded. */
function headerLines(header: Buffer): string[] {
  const text = decodeCharset(header, 'utf-8').replace(/\r?\n(?=[ \t])/g, '');
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => decodeWords(line));
}

/** Whether some field of this name has `needle` (case folded) in its value; an empty needle asks for presence. */
export function headerHas(header: Buffer, name: string, needle: string): boolean {
  const prefix = `${name.toLowerCase()}:`;
  return headerLines(header).some((line) => {
    const folded = foldCase(line);
    return folded.startsWith(prefix) && folded.slice(prefix.length).includes(needle);
  });
}

/** Whether a part, one of its parts, or a message inside it has `needle` (case folded) in its decoded text. */
export function bodyHas(part: Part, read: ReadRange, needle: string): boolean {
  if (part.parts) {
    return part.parts.some((child) => bodyHas(child, read, needle) || mimeHeaderHas(child, read, needle));
  }
  if (part.message) {
    const inner = part.message.part;
    return mimeHeaderHas(inner, read, needle) || bodyHas(inner, read, needle);
  }
  if (part.type !== 'text') return false;
  const octets = read(part.bodyStart, Math.min(part.bodyEnd, part.bodyStart + TEXT_LIMIT));
  const text = decodeCharset(decodeTransfer(octets, part.encoding), part.params['charset'] ?? 'utf-8');
  return foldCase(text).includes(needle);
}

function mimeHeaderHas(part: Part, read: ReadRange, needle: string): boolean {
  return textHas(read(part.headerStart, part.bodyStart), needle);
}

/** Whether a header section has `needle` (case folded) anywhere. */
export function textHas(header: Buffer, needle: string): boolean {
  return headerLines(header).some((line) => foldCase(line).includes(needle));
}
