import { HeaderSection } from './header-section.ts';
import { DEFAULT_HEADER_LIMITS, type HeaderLimits, MessageError } from './types.ts';

/**
 * Reads a header section from chunks (RFC 5322 §2.1): feed `push` until it gives a number, the count of octets of
 * THAT chunk that belonged to the section; the body starts there. A message may end before the blank line: `end`.
 */
export class HeaderReader {
  readonly #limits: HeaderLimits;
  #held: Buffer[] = [];
  #length = 0;
  #lineLength = 0;
  /** Octets of the current line other than CR seen so far: 0 means it may still be the blank line. */
  #content = 0;
  #section: HeaderSection | null = null;

  constructor(limits: Partial<HeaderLimits> = {}) {
    this.#limits = { ...DEFAULT_HEADER_LIMITS, ...limits };
  }

  /** The section, once `push` gave a number or `end` was called. */
  get section(): HeaderSection | null {
    return this.#section;
  }

  /**
   * @returns octets taken from the chunk when the blank line was in it, else null (all were taken)
   * @throws MessageError HEADER_TOO_LONG, HEADER_LINE_TOO_LONG, HEADER_TOO_MANY_FIELDS
   */
  push(chunk: Buffer): number | null {
    if (this.#section) return 0;
    let pos = 0;
    while (pos < chunk.length) {
      const lf = chunk.indexOf(10, pos);
      const end = lf < 0 ? chunk.length : lf + 1;
      this.#measure(chunk, pos, end);
      if (lf >= 0) {
        if (this.#content === 0) {
          this.#take(chunk, end);
          this.end();
          return end;
        }
        this.#lineLength = 0;
        this.#content = 0;
      }
      pos = end;
    }
    this.#take(chunk, chunk.length);
    return null;
  }

  /** The message is over: what came so far is the section. */
  end(): HeaderSection {
    this.#section ??= new HeaderSection(Buffer.concat(this.#held), this.#limits);
    this.#held = [];
    return this.#section;
  }

  #measure(chunk: Buffer, start: number, end: number): void {
    this.#lineLength += end - start;
    if (this.#length + end > this.#limits.bytes)
      throw new MessageError(
        'HEADER_TOO_LONG',
        this.#limits.bytes,
        `the header section is longer than ${this.#limits.bytes} octets`,
      );
    if (this.#lineLength > this.#limits.lineLength)
      throw new MessageError(
        'HEADER_LINE_TOO_LONG',
        this.#length + end - this.#lineLength + this.#limits.lineLength,
        `a header line is longer than ${this.#limits.lineLength} octets`,
      );
    for (let i = start; i < end && this.#content < 2; i++) {
      if (chunk[i] === 10) break;
      // A CR is part of the line end only when nothing but the LF follows it.
      this.#content += chunk[i] === 13 && this.#lineLength - (end - start) + (i - start) === 0 ? 0 : 2;
    }
  }

  #take(chunk: Buffer, end: number): void {
    // Copied: callers reuse their socket buffers. Small chunks are joined so that many of them cost no more than few.
    const last = this.#held.at(-1);
    const piece = chunk.subarray(0, end);
    if (last && last.length < 4096 && piece.length < 4096)
      this.#held[this.#held.length - 1] = Buffer.concat([last, piece]);
    else this.#held.push(Buffer.from(piece));
    this.#length += end;
  }
}

/**
 * Reads the header section at the start of a buffer.
 * @throws MessageError as {@link HeaderReader.push}
 */
export function readHeaderSection(message: Buffer, limits: Partial<HeaderLimits> = {}): HeaderSection {
  const reader = new HeaderReader(limits);
  if (reader.push(message) === null) reader.end();
  return reader.section!;
}

/**
 * The fields of a header that `names` keeps (HEADER.FIELDS) or, with `not`, drops (RFC 9051 §6.4.5.1); lines that are no field are
 * among those not named, so that nothing of a malformed header is hidden. The blank line is there when the message has one.
 */
export function selectFields(header: Buffer, names: readonly string[], not = false): Buffer {
  const section = new HeaderSection(header, { bytes: Infinity, fields: Infinity });
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const kept: Buffer[] = [];
  let at = 0;
  for (const { key, start, end } of section.fields) {
    if (not && start > at) kept.push(header.subarray(at, start));
    if (wanted.has(key) !== not) kept.push(header.subarray(start, end));
    at = end;
  }
  if (not && section.fieldsEnd > at) kept.push(header.subarray(at, section.fieldsEnd));
  return Buffer.concat([...kept, header.subarray(section.fieldsEnd)]);
}
