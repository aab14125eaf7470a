import { guessText } from './charset.ts';

const CR = 13;
const LF = 10;

/** Header text without its folding (RFC 5322 §2.2.3), stray CR, LF and NUL dropped, trimmed. */
function unfold(text: string): string {
  return text.replace(/\r?\n(?=[ \t])|[\r\n\0]/g, '').trim();
}

/** One field where it stands in its section (RFC 5322 §2.2). Offsets are octets from the section's start. */
export class HeaderField {
  /** As written. */
  readonly name: string;
  /** Lower case, for comparison. */
  readonly key: string;
  readonly start: number;
  /** After the colon. */
  readonly valueStart: number;
  /** After the last line end of the field. */
  readonly end: number;
  readonly #section: Buffer;
  #text: string | undefined;

  constructor(section: Buffer, name: string, start: number, valueStart: number, end: number) {
    this.#section = section;
    this.name = name;
    this.key = name.toLowerCase();
    this.start = start;
    this.valueStart = valueStart;
    this.end = end;
  }

  /** The field's octets, folding and line end included; a view. */
  get bytes(): Buffer {
    return this.#section.subarray(this.start, this.end);
  }

  /** The value unfolded and trimmed; 8-bit octets as UTF-8, or windows-1252 when they are not. Encoded words stay. */
  get text(): string {
    return (this.#text ??= unfold(guessText(this.#section.subarray(this.valueStart, this.end))));
  }
}

/** What {@link scanFields} found. */
interface ScannedFields {
  readonly fields: HeaderField[];
  /** Offsets of lines that are neither a field, a continuation of one, nor the blank line. */
  readonly malformed: number[];
  /** More than `maxFields`; `fields` holds the first ones. */
  readonly overflow: boolean;
}

/** End of the field name within a line (RFC 5322 §2.2; §4.5 allows blanks before the colon), or -1. */
function nameEnd(bytes: Buffer, start: number, colon: number): number {
  let end = colon;
  while (end > start && (bytes[end - 1] === 32 || bytes[end - 1] === 9)) end--;
  for (let i = start; i < end; i++) if (bytes[i]! <= 32 || bytes[i]! >= 127) return -1;
  return end > start ? end : -1;
}

/** Splits a header section into fields, in one pass. Never throws: what is no field is reported and skipped. */
export function scanFields(bytes: Buffer, maxFields: number): ScannedFields {
  const fields: HeaderField[] = [];
  const malformed: number[] = [];
  let pos = 0;
  while (pos < bytes.length) {
    if (bytes[pos] === LF || (bytes[pos] === CR && bytes[pos + 1] === LF)) break;
    const start = pos;
    let colon = -1;
    let lf = bytes.indexOf(LF, pos);
    let lineEnd = lf < 0 ? bytes.length : lf + 1;
    for (let i = start; i < lineEnd; i++) {
      if (bytes[i] === 58) {
        colon = i;
        break;
      }
    }
    const end = colon < 0 ? -1 : nameEnd(bytes, start, colon);
    while (lineEnd < bytes.length && (bytes[lineEnd] === 32 || bytes[lineEnd] === 9)) {
      lf = bytes.indexOf(LF, lineEnd);
      lineEnd = lf < 0 ? bytes.length : lf + 1;
    }
    pos = lineEnd;
    if (end < 0) {
      if (malformed.length < maxFields) malformed.push(start);
      continue;
    }
    if (fields.length >= maxFields) return { fields, malformed, overflow: true };
    fields.push(new HeaderField(bytes, bytes.toString('latin1', start, end), start, colon + 1, lineEnd));
  }
  return { fields, malformed, overflow: false };
}
