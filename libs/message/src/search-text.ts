import { decodeCharset } from './charset.ts';
import { htmlText } from './html-text.ts';
import { decodeTransfer } from './transfer.ts';
import type { MessageStructure, Part } from './types.ts';

/** Text parts of a message, the message inside a message/rfc822 included, in order. */
function* textParts(part: Part): Generator<Part> {
  if (part.parts) for (const each of part.parts) yield* textParts(each);
  else if (part.message) yield* textParts(part.message.part);
  else if (part.type === 'text') yield part;
}

/** Decoded text of one text part (RFC 2045 §6, RFC 2046 §4.1); HTML without its markup. `maxBytes` bounds what is read of it. */
export function partText(message: Buffer, part: Part, maxBytes = Infinity): string {
  const end = Math.min(part.bodyEnd, part.bodyStart + maxBytes);
  const bytes = decodeTransfer(message.subarray(part.bodyStart, end), part.encoding);
  const text = decodeCharset(bytes, part.params['charset'] ?? '');
  return part.subtype === 'html' ? htmlText(text) : text;
}

/** Everything readable in a message for a search index: decoded, HTML stripped, at most `maxChars` characters. */
export function searchText(message: Buffer, structure: MessageStructure, maxChars = 1 << 20): string {
  let out = '';
  for (const part of textParts(structure.part)) {
    const room = maxChars - out.length;
    if (room <= 0) break;
    // Four octets of input per character wanted: base64 of UTF-8 is less than that, a page of markup may be more.
    out += `${partText(message, part, room * 4).slice(0, room)}\n`;
  }
  return out.slice(0, maxChars);
}
