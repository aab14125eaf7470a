import { emptyPart } from './empty-part.ts';
import type { ByteRange, EmbeddedMessage, MessageStructure, Part } from './types.ts';

/** One step down: a part number within a message or a multipart (RFC 9051 §6.4.5.1). */
function child(within: EmbeddedMessage | Part, number: number): Part | null {
  const part = 'part' in within ? within.part : within;
  // BODYSTRUCTURE shows an empty part for a multipart that has none: it can be fetched like any other
  if (part.parts?.length === 0) return number === 1 ? emptyPart(part.bodyEnd) : null;
  if (part.parts) return part.parts[number - 1] ?? null;
  // A message that is no multipart has exactly one part, its body; a part that is neither has none.
  return 'part' in within && number === 1 ? part : null;
}

/** The part that a list of numbers names; every message/rfc822 on the way is entered. Null when there is none. */
export function findPart(structure: MessageStructure, numbers: readonly number[]): Part | null {
  let at: EmbeddedMessage | Part = structure;
  let part: Part | null = null;
  for (const number of numbers) {
    part = child(at, number);
    if (!part) return null;
    at = part.message ?? part;
  }
  return part;
}

/**
 * Octets of a section by its IMAP name: ``, `HEADER`, `TEXT`, `1.2`, `1.2.MIME`, `1.2.HEADER`, `1.2.TEXT`, any case (RFC 9051
 * §6.4.5.1). HEADER and TEXT after numbers name the message inside a message/rfc822. For HEADER.FIELDS take HEADER and
 * `selectFields`. Null when the message has no such section.
 */
export function sectionRange(structure: MessageStructure, path: string): ByteRange | null {
  const match = /^((?:[1-9]\d{0,5}\.)*?(?:[1-9]\d{0,5})?)\.?(HEADER|TEXT|MIME)?$/i.exec(path);
  if (!match) return null;
  const numbers = match[1] === '' ? [] : match[1]!.split('.').map(Number);
  const text = match[2]?.toUpperCase();
  if (path !== [match[1], match[2]].filter(Boolean).join('.')) return null;
  if (numbers.length === 0) {
    if (text === 'MIME') return null;
    return text ? messageRange(structure, text) : { start: 0, end: structure.size };
  }
  const part = findPart(structure, numbers);
  if (!part) return null;
  if (text === 'MIME') return { start: part.headerStart, end: part.bodyStart };
  if (text) return part.message ? messageRange(part.message, text) : null;
  return { start: part.bodyStart, end: part.bodyEnd };
}

function messageRange(message: EmbeddedMessage, text: string): ByteRange {
  const { headerStart, bodyStart, bodyEnd } = message.part;
  return text === 'HEADER' ? { start: headerStart, end: bodyStart } : { start: bodyStart, end: bodyEnd };
}
