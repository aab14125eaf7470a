import { findPart, type MessageStructure, type Part, sectionRange, selectFields } from '@postroad/message';
import type { MessageData } from '../backend.ts';
import type { PartialOctets, SectionName } from '../parse/fetch-items.ts';

/** Octets [start, end) of a message as it is served. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What sections are found with: stores parse a structure each time they are asked for it. */
export type Located = Pick<MessageData, 'size' | 'prefixSize' | 'inline' | 'read' | 'structure'>;

/** The same message, its structure parsed once at most. */
export function located(message: MessageData): Located {
  let parsed: MessageStructure | undefined;
  return {
    size: message.size,
    prefixSize: message.prefixSize,
    inline: message.inline ?? null,
    structure: () => (parsed ??= message.structure()),
    read: (start, end) => message.read(start, end),
  };
}

/** Octets of a section: the prefix belongs to the header section of the message. Null when there is none. */
export function rangeOf(message: Located, path: string): Range | null {
  if (path === '') return { start: 0, end: message.size };
  const range = sectionRange(message.structure(), path);
  if (!range) return null;
  const { prefixSize } = message;
  return { start: path === 'HEADER' ? 0 : range.start + prefixSize, end: range.end + prefixSize };
}

export function cut({ start, end }: Range, partial: PartialOctets | null): Range {
  if (!partial) return { start, end };
  const from = Math.min(start + partial.start, end);
  return { start: from, end: Math.min(from + partial.count, end) };
}

/** A section that has to be made in memory (some fields of a header), or where it stands in the message. */
export async function locate(message: Located, name: SectionName): Promise<Range | Buffer | null> {
  const range = rangeOf(message, name.path);
  if (!range || !name.fields) return range;
  const chunks: Uint8Array[] = [];
  if (range.end > range.start) for await (const chunk of message.read(range.start, range.end)) chunks.push(chunk);
  return selectFields(Buffer.concat(chunks), name.fields, name.not);
}

/** The part that numbers like `1.2` name. */
export function partNamed(structure: MessageStructure, path: string): Part | null {
  return findPart(structure, path.split('.').map(Number));
}
