import { type HeaderField, scanFields } from './header-field.ts';
import { DEFAULT_HEADER_LIMITS, type HeaderLimits, MessageError } from './types.ts';

/** A change to a header section; offsets of fields are those of the section being edited. */
export type HeaderEdit =
  | { readonly remove: HeaderField }
  | { readonly replace: HeaderField; readonly by: string | Uint8Array }
  | { readonly prepend: string | Uint8Array }
  | { readonly append: string | Uint8Array };

/** A whole header section: its octets as received, and its fields by offset (RFC 5322 §2.2). Immutable. */
export class HeaderSection {
  /** Octets, with the blank line when there was one. */
  readonly bytes: Buffer;
  readonly fields: readonly HeaderField[];
  /** Offsets of lines that are no header field (an mbox `From ` line, garbage); kept in `bytes`, never edited. */
  readonly malformed: readonly number[];
  /** Where the blank line starts, or the length when there is none. */
  readonly fieldsEnd: number;

  /** @throws MessageError HEADER_TOO_LONG, HEADER_TOO_MANY_FIELDS */
  constructor(bytes: Buffer, limits: Partial<HeaderLimits> = {}) {
    const max = { ...DEFAULT_HEADER_LIMITS, ...limits };
    if (bytes.length > max.bytes)
      throw new MessageError('HEADER_TOO_LONG', max.bytes, `the header section is longer than ${max.bytes} octets`);
    const scanned = scanFields(bytes, max.fields);
    if (scanned.overflow)
      throw new MessageError(
        'HEADER_TOO_MANY_FIELDS',
        scanned.fields.at(-1)?.end ?? 0,
        `the header section has more than ${max.fields} fields`,
      );
    this.bytes = bytes;
    this.fields = scanned.fields;
    this.malformed = scanned.malformed;
    this.fieldsEnd = bytes.length - blankLineLength(bytes);
  }

  /** First field of that name, any case. */
  field(name: string): HeaderField | undefined {
    const key = name.toLowerCase();
    return this.fields.find((field) => field.key === key);
  }

  /** All fields of that name, in order. */
  all(name: string): HeaderField[] {
    const key = name.toLowerCase();
    return this.fields.filter((field) => field.key === key);
  }

  /** Unfolded text of the first field of that name, encoded words not decoded. */
  text(name: string): string | undefined {
    return this.field(name)?.text;
  }

  /**
   * A new section with the changes made, every other octet the same. Prepended fields come in the order given.
   * @throws MessageError HEADER_FIELD_INVALID when an inserted text is not whole header fields (no injection)
   */
  edit(edits: readonly HeaderEdit[]): HeaderSection {
    const head: Buffer[] = [];
    const tail: Buffer[] = [];
    const cuts: { start: number; end: number; by: Buffer | null }[] = [];
    for (const edit of edits) {
      if ('prepend' in edit) head.push(wholeFields(edit.prepend));
      else if ('append' in edit) tail.push(wholeFields(edit.append));
      else if ('replace' in edit)
        cuts.push({ start: edit.replace.start, end: edit.replace.end, by: wholeFields(edit.by) });
      else cuts.push({ start: edit.remove.start, end: edit.remove.end, by: null });
    }
    cuts.sort((a, b) => a.start - b.start);
    const out = head;
    let pos = 0;
    for (const cut of cuts) {
      if (cut.start < pos) throw new MessageError('HEADER_FIELD_INVALID', cut.start, 'a field was edited twice');
      out.push(this.bytes.subarray(pos, cut.start));
      if (cut.by) out.push(cut.by);
      pos = cut.end;
    }
    out.push(this.bytes.subarray(pos, this.fieldsEnd));
    const last = pos < this.fieldsEnd ? this.bytes[this.fieldsEnd - 1] : 10;
    if (tail.length > 0 && last !== 10) out.push(Buffer.from('\r\n'));
    out.push(...tail, this.bytes.subarray(this.fieldsEnd));
    const bytes = Buffer.concat(out);
    return new HeaderSection(bytes, { bytes: Infinity, fields: Infinity });
  }
}

function blankLineLength(bytes: Buffer): number {
  const n = bytes.length;
  if (n === 0 || bytes[n - 1] !== 10) return 0;
  const eol = n > 1 && bytes[n - 2] === 13 ? 2 : 1;
  return n === eol || bytes[n - eol - 1] === 10 ? eol : 0;
}

/** Octets of one or more complete fields ended by CRLF; anything else could forge a header (RFC 5322 §2.2). */
function wholeFields(source: string | Uint8Array): Buffer {
  const bytes =
    typeof source === 'string' ? Buffer.from(source) : Buffer.from(source.buffer, source.byteOffset, source.length);
  const { fields, malformed } = scanFields(bytes, 1000);
  const covered = fields.at(-1)?.end ?? -1;
  const bareEnd = /(^|[^\r])\n|\r(?!\n)|\0/.test(bytes.toString('latin1'));
  if (covered !== bytes.length || malformed.length > 0 || bareEnd || bytes[bytes.length - 1] !== 10)
    throw new MessageError('HEADER_FIELD_INVALID', 0, 'not a complete header field ended by CRLF');
  return bytes;
}
