import type { Part } from '@postroad/message';
import { partText } from '@postroad/message';
import type { ReadRange } from './text.ts';

/** RFC 8970 §3.1: no more than 200 characters. */
const LENGTH = 200;
/** Octets of a part that are decoded for it: mostly the first few do, but quotes and markup may be long before the first word. */
const PLAIN_OCTETS = [1 << 10, 8 << 10];
const HTML_OCTETS = [4 << 10, 64 << 10];

/** The first words of a message for a list (RFC 8970): of its plain text, else of its HTML; empty when it has no text. */
export function previewText(root: Part, read: ReadRange): string {
  for (const subtype of ['plain', 'html']) {
    for (const part of textParts(root, subtype)) {
      const text = firstText(part, read);
      if (text !== '') return text;
    }
  }
  return '';
}

/** Text parts that are meant to be read at once: no attachments, no messages inside. */
function* textParts(part: Part, subtype: string): Generator<Part> {
  if (part.disposition?.type === 'attachment') return;
  if (part.parts) for (const child of part.parts) yield* textParts(child, subtype);
  else if (part.type === 'text' && part.subtype === subtype) yield part;
}

function firstText(part: Part, read: ReadRange): string {
  let text = '';
  for (const limit of part.subtype === 'html' ? HTML_OCTETS : PLAIN_OCTETS) {
    const octets = read(part.bodyStart, Math.min(part.bodyEnd, part.bodyStart + limit));
    text = shorten(partText(octets, { ...part, bodyStart: 0, bodyEnd: octets.length }));
    // a character cut in two at the end of what was read is far from the end of the preview then
    if (text.length >= LENGTH || octets.length < limit) break;
  }
  return text;
}

/** One line without what the sender only quotes, unless there is nothing else. */
function shorten(text: string): string {
  const said = joined(text.replace(/^>.*$/gm, ''));
  const line = said === '' ? joined(text) : said;
  if (line.length <= LENGTH) return line;
  const points = Array.from(line.slice(0, 2 * LENGTH));
  return points.slice(0, LENGTH).join('').trimEnd();
}

function joined(text: string): string {
  // controls have no place in a list, nor in an IMAP string
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex
      .replace(/[\s\x00-\x1f\x7f-\x9f]+/g, ' ')
      .trim()
  );
}
