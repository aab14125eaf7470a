import { type Boundary, boundaryBytes, type Delimiter, matchDelimiter, MAX_DELIMITER_LINE } from './boundary.ts';
import { buildEnvelope } from './envelope.ts';
import { HeaderBytes } from './header-bytes.ts';
import { scanFields } from './header-field.ts';
import { defaultFields, mimeFields } from './mime-fields.ts';
import { paramValue } from './parameters.ts';
import {
  DEFAULT_STRUCTURE_LIMITS,
  type EmbeddedMessage,
  type Envelope,
  type MessageStructure,
  type Part,
  type StructureLimits,
} from './types.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenPart = Mutable<Omit<Part, 'parts' | 'message'>> & { parts?: OpenPart[]; message?: OpenMessage };
interface OpenMessage {
  envelope: Envelope;
  part: OpenPart;
}

const MAX_FIELDS = 2000;
const LF = 10;
const CR = 13;
const IDENTITY = new Set(['7bit', '8bit', 'binary']);

/**
 * MIME structure from chunks (RFC 2045, 2046): `push` the message in any pieces, then `end`. Keeps only the headers of
 * parts; one pass; never throws on content. The same bytes give the same structure however they are cut.
 */
export class StructureParser {
  readonly #limits: StructureLimits;
  /** Open entities from the root inwards; `#boundaries[i]` is what `#open[i]` waits for, when it is a multipart. */
  readonly #open: OpenPart[] = [];
  readonly #boundaries: (Boundary | null)[] = [];
  readonly #bodyLines: number[] = [];
  readonly #root: OpenMessage;
  readonly #header: HeaderBytes;
  /** The innermost entity is still in its header section. */
  #inHeader = true;
  /** That header section is a message's, so it makes an envelope. */
  #message: OpenMessage | null;
  #parts = 1;
  #truncated = false;
  #offset = 0;
  #lines = 0;
  #previousEol = 0;
  /** The unfinished line at the end of the last chunk: its first octets, its whole length, its last octet. */
  #held: Buffer | null = null;
  #heldLength = 0;
  #lastOctet = 0;

  constructor(limits: Partial<StructureLimits> = {}) {
    this.#limits = { ...DEFAULT_STRUCTURE_LIMITS, ...limits };
    this.#header = new HeaderBytes(this.#limits.headerBytes, this.#limits.totalHeaderBytes);
    this.#root = { envelope: buildEnvelope([]), part: this.#entity(0, false) };
    this.#message = this.#root;
  }

  /** Takes the next octets; keeps no view of them. */
  push(chunk: Buffer): void {
    this.#header.chunk(chunk, this.#offset);
    let pos = 0;
    while (pos < chunk.length) {
      const lf = chunk.indexOf(LF, pos);
      if (lf < 0) {
        this.#hold(chunk, pos, chunk.length);
        break;
      }
      this.#lines++;
      const lineEnd = this.#offset + lf + 1;
      if (this.#heldLength > 0) {
        this.#hold(chunk, pos, lf);
        this.#heldLine(lineEnd, this.#lastOctet === CR ? 2 : 1);
      } else {
        const eol = lf > pos && chunk[lf - 1] === CR ? 2 : 1;
        this.#line(chunk, pos, lf + 1 - eol, this.#offset + pos, lineEnd, eol);
      }
      pos = lf + 1;
    }
    this.#offset += chunk.length;
    this.#header.keep(this.#inHeader);
  }

  /** The message is over. */
  end(): MessageStructure {
    if (this.#heldLength > 0) this.#heldLine(this.#offset, 0);
    if (this.#inHeader) this.#headerDone(this.#offset);
    while (this.#open.length > 0) this.#close(this.#offset, this.#lines);
    const { envelope, part } = this.#root as EmbeddedMessage;
    return {
      envelope,
      part,
      size: this.#offset,
      lines: this.#lines,
      truncated: this.#truncated || this.#header.truncated,
    };
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const held = (this.#held ??= Buffer.allocUnsafe(MAX_DELIMITER_LINE + 2));
    const room = held.length - this.#heldLength;
    if (room > 0) chunk.copy(held, this.#heldLength, start, Math.min(end, start + room));
    this.#heldLength += end - start;
    if (end > start) this.#lastOctet = chunk[end - 1]!;
  }

  #heldLine(lineEnd: number, eol: number): void {
    const length = this.#heldLength;
    this.#heldLength = 0;
    const content = eol === 2 ? length - 1 : length;
    const start = lineEnd - content - eol;
    this.#line(this.#held!, 0, content, start, lineEnd, eol);
  }

  /** One line: content in [from, to) of `bytes` (only its first octets when it is long), [start, end) in the message. */
  #line(bytes: Buffer, from: number, to: number, start: number, end: number, eol: number): void {
    if (bytes[from] === 45 && bytes[from + 1] === 45 && to - from > 2) {
      const delimiter = matchDelimiter(bytes, from, to, this.#boundaries);
      if (delimiter) {
        this.#delimit(delimiter, start, end, eol);
        this.#previousEol = eol;
        return;
      }
    }
    this.#previousEol = eol;
    if (this.#inHeader && to === from && eol > 0) this.#headerDone(end);
  }

  /** A delimiter line ends everything inside its multipart (RFC 2046 §5.1.1: the line end before it is its own). */
  #delimit({ index, close }: Delimiter, start: number, end: number, eol: number): void {
    const stop = start - this.#previousEol;
    // Line feeds before this line, without the one in front of it.
    const lines = this.#lines - (eol > 0 ? 1 : 0) - (this.#previousEol > 0 ? 1 : 0);
    if (this.#inHeader) this.#headerDone(Math.max(stop, this.#open.at(-1)!.headerStart), false);
    while (this.#open.length > index + 1) this.#close(stop, lines);
    const parent = this.#open[index]!;
    const boundary = this.#boundaries[index]!;
    if (close) boundary.open = false;
    else if (this.#parts >= this.#limits.parts) this.#truncated = true;
    else {
      this.#parts++;
      parent.parts!.push(this.#entity(end, parent.subtype === 'digest'));
    }
  }

  /** Opens an entity whose header section starts at `start`. */
  #entity(start: number, inDigest: boolean): OpenPart {
    const part: OpenPart = {
      headerStart: start,
      bodyStart: start,
      bodyEnd: start,
      lines: 0,
      ...defaultFields(inDigest),
    };
    this.#open.push(part);
    this.#boundaries.push(null);
    this.#bodyLines.push(0);
    this.#inHeader = true;
    this.#message = null;
    this.#header.begin(start);
    return part;
  }

  /** The header section of the innermost entity ended; its body starts at `bodyStart`. */
  #headerDone(bodyStart: number, descend = true): void {
    const at = this.#open.length - 1;
    const part = this.#open[at]!;
    const scanned = scanFields(this.#header.take(bodyStart), MAX_FIELDS);
    this.#truncated ||= scanned.overflow;
    const inDigest = part.type === 'message';
    if (this.#message) this.#message.envelope = buildEnvelope(scanned.fields);
    Object.assign(part, mimeFields(scanned.fields, inDigest));
    part.bodyStart = bodyStart;
    this.#bodyLines[at] = this.#lines;
    this.#inHeader = false;
    this.#message = null;
    if (part.type === 'multipart') part.parts = [];
    if (!descend) return;
    if (part.parts) this.#openMultipart(part, at);
    else if (isMessage(part) && IDENTITY.has(part.encoding)) this.#openMessage(part, bodyStart);
  }

  #openMultipart(part: OpenPart, at: number): void {
    const bytes = boundaryBytes(part.params['boundary'] ?? paramValue(part.params, 'boundary'));
    if (!bytes) return;
    if (this.#open.length >= this.#limits.depth) this.#truncated = true;
    else this.#boundaries[at] = { bytes, open: true };
  }

  #openMessage(part: OpenPart, start: number): void {
    if (this.#open.length >= this.#limits.depth || this.#parts >= this.#limits.parts) {
      this.#truncated = true;
      return;
    }
    this.#parts++;
    const message: OpenMessage = { envelope: buildEnvelope([]), part: this.#entity(start, false) };
    this.#message = message;
    part.message = message;
  }

  /** Closes the innermost entity at `stop`, `lines` line feeds into the message. */
  #close(stop: number, lines: number): void {
    const part = this.#open.pop()!;
    this.#boundaries.pop();
    const from = this.#bodyLines.pop()!;
    // An empty child may start after the line end that is cut off here: the parent then keeps it.
    const inner = part.message?.part ?? part.parts?.at(-1);
    part.bodyEnd = Math.max(stop, part.bodyStart, inner?.bodyEnd ?? 0);
    const kept = part.bodyEnd > stop ? 1 : 0;
    part.lines = part.bodyEnd === part.bodyStart ? 0 : lines + kept - from;
  }
}

/** message/rfc822 and its UTF-8 form (RFC 6532 §3.7). */
export function isMessage(part: { readonly type: string; readonly subtype: string }): boolean {
  return part.type === 'message' && (part.subtype === 'rfc822' || part.subtype === 'global');
}

/** Structure of a whole message in one buffer. */
export function parseStructure(message: Buffer, limits: Partial<StructureLimits> = {}): MessageStructure {
  const parser = new StructureParser(limits);
  parser.push(message);
  return parser.end();
}
