import type { Part } from '@postroad/message';
import { decodeCharset, decodeWords, partText } from '@postroad/message';
import { foldCase, UNIT_END } from './fold.ts';
import type { SearchField } from './types.ts';

/** Octets of a header section, and of all text parts of a message together, that a search looks at. */
const HEADER_LIMIT = 1 << 20;
const TEXT_LIMIT = 16 << 20;

/** Reads octets [start, end) of the content; fewer when it is shorter. */
export type ReadRange = (start: number, end: number) => Buffer;

/**
 * What a search looks at, case folded. Both begin with {@link UNIT_END}, have one after each unit and one more at the end. A unit
 * of `header` is a field, unfolded and decoded, as `name: value`; fields of parts and of embedded messages come last, each behind a blank,
 * so that no search for a field takes them for the message's own (RFC 9051 §6.4.4: TEXT is about “the header (including MIME header
 * fields)”, and BODY “doesn't match any header fields”). A unit of `body` is a decoded text part.
 */
export interface MessageText {
  readonly header: string;
  readonly body: string;
}

/** The searched text of a message: `prefix` are trace fields served in front of the content, `part` is the content's structure. */
export function messageText(prefix: Uint8Array, part: Part, read: ReadRange): MessageText {
  const found: Found = { body: [], fields: [] };
  collectBody(part, read, found, { left: TEXT_LIMIT });
  return { header: units([...ownFields(prefix, part, read), ...found.fields]), body: units(found.body) };
}

/** Its header alone, which needs no more than the header section to be read. */
export function headerText(prefix: Uint8Array, part: Part, read: ReadRange): string {
  return units(ownFields(prefix, part, read));
}

function ownFields(prefix: Uint8Array, part: Part, read: ReadRange): string[] {
  const own = read(part.headerStart, Math.min(part.bodyStart, part.headerStart + HEADER_LIMIT));
  return headerLines(Buffer.concat([prefix, own]));
}

/** Whether a text has `needle`, which is folded; an empty one asks a named field for its presence. */
export function textMatches(text: MessageText, field: SearchField, needle: string): boolean {
  if (field === 'body') return text.body.includes(needle);
  if (field === 'text') return text.header.includes(needle) || text.body.includes(needle);
  return headerMatches(text.header, field.header, needle);
}

/** The same of a named field; `header` as {@link headerText} gives it. */
export function headerMatches(header: string, name: string, needle: string): boolean {
  return fieldValues(header, name).some((value) => value.includes(needle));
}

/** Values of the fields of this name in a folded header. */
export function fieldValues(header: string, name: string): string[] {
  const start = `${UNIT_END}${foldCase(name)}:`;
  const values: string[] = [];
  for (let at = header.indexOf(start); at >= 0; at = header.indexOf(start, at + 1)) {
    const from = at + start.length;
    values.push(header.slice(from, header.indexOf(UNIT_END, from)));
  }
  return values;
}

/** Texts as {@link MessageText} joins them. Each is folded by now. */
export function units(texts: readonly string[]): string {
  return `${UNIT_END}${texts.map((text) => text + UNIT_END).join('')}${UNIT_END}`;
}

/** A header section as folded lines `name: value`, unfolded and with encoded words decoded. */
function headerLines(header: Buffer): string[] {
  const text = decodeCharset(header, '').replace(/\r?\n(?=[ \t])/g, '');
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  // blanks in front of the colon are obsolete (RFC 5322 §4.5) and no part of the name
  return lines.map((line) => foldCase(decodeWords(line.replace(/^([!-9;-~]+)[ \t]+:/, '$1:'))));
}

interface Found {
  readonly body: string[];
  readonly fields: string[];
}

function collectBody(part: Part, read: ReadRange, found: Found, budget: { left: number }): void {
  if (part.parts) {
    for (const child of part.parts) {
      collectFields(child, read, found);
      collectBody(child, read, found, budget);
    }
  } else if (part.message) {
    collectFields(part.message.part, read, found);
    collectBody(part.message.part, read, found, budget);
  } else if (part.type === 'text' && budget.left > 0) {
    const octets = read(part.bodyStart, Math.min(part.bodyEnd, part.bodyStart + budget.left));
    budget.left -= octets.length;
    found.body.push(foldCase(partText(octets, { ...part, bodyStart: 0, bodyEnd: octets.length })));
  }
}

function collectFields(part: Part, read: ReadRange, found: Found): void {
  const octets = read(part.headerStart, Math.min(part.bodyStart, part.headerStart + HEADER_LIMIT));
  found.fields.push(...headerLines(octets).map((line) => ` ${line}`));
}
