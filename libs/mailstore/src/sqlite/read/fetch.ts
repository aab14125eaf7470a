import { WIRE_VERSION } from '@postroad/imap/wire';
import type { MessageStructure } from '@postroad/message';
import { wireForms } from '../../describe.ts';
import { StoreError } from '../../types.ts';
import { type FetchPage, type FetchRequest, NUMBERS, type Octets } from '../protocol.ts';
import type { Reader } from './reader.ts';

/** A page ends once it holds so many octets. */
const PAGE_OCTETS = 1 << 20;
const NO_OCTETS = new Uint8Array(0);

/** Columns every message needs; in the order in which a page holds them. */
const STATE = `m.uid, m.flags, m.modseq, m.date, m.saved_at, m.size, length(p.prefix), m.keywords, p.email_id, p.thread, p.content`;

type Row = [
  uid: number,
  bits: number,
  modseq: number,
  date: number,
  savedAt: number,
  size: number,
  prefixSize: number,
  keywords: string | null,
  emailId: string,
  thread: string,
  content: number,
  preview: string | null,
  structure: string | null,
  version: number | null,
  envelope: Uint8Array | null,
  bodyStructure: Uint8Array | null,
  prefix: Uint8Array | null,
  file: string | null,
  bytes: Uint8Array | null,
];

/** The statement that reads what a request wants and nothing besides: unwanted tables are not looked at. */
function statementFor(request: FetchRequest, which: string): string {
  const wire = request.envelope || request.bodyStructure || request.preview;
  const columns = [
    request.preview ? 'w.preview' : 'NULL',
    request.structure ? 'c.structure' : 'NULL',
    wire ? 'w.version' : 'NULL',
    request.envelope ? 'w.envelope' : 'NULL',
    request.bodyStructure ? 'w.body_structure' : 'NULL',
    ...(request.content ? ['p.prefix', 'c.file', 'c.bytes'] : ['NULL', 'NULL', 'NULL']),
  ];
  const content = request.structure || request.content;
  return `SELECT ${STATE}, ${columns.join(', ')} FROM message m JOIN mail p ON p.id = m.mail
    ${wire ? 'JOIN wire w ON w.content = p.content' : ''} ${content ? 'JOIN content c ON c.id = p.content' : ''}
    WHERE m.mailbox = ? AND ${which}`;
}

/** The first page of the messages asked for. */
export function fetchPage(reader: Reader, request: FetchRequest): FetchPage {
  reader.mailboxById(reader.account(request.account), request.mailbox);
  const page = new PageWriter(reader, request);
  let taken = 0;
  for (const row of rowsOf(reader, request)) {
    if (page.full) break;
    taken++;
    if (row) page.add(row);
  }
  return page.end(taken);
}

/** The row of each UID, null where there is none. One scan where the UIDs lie close together, as they mostly do. */
function* rowsOf(reader: Reader, request: FetchRequest): Generator<Row | null> {
  const { uids, mailbox } = request;
  const [first = 0, last = 0] = [uids[0], uids.at(-1)];
  if (last - first >= 2 * uids.length) {
    const one = reader.arrays(statementFor(request, 'm.uid = ?'));
    for (const uid of uids) yield (one.get(mailbox, uid) as unknown as Row | undefined) ?? null;
    return;
  }
  const range = reader.arrays(`${statementFor(request, 'm.uid BETWEEN ? AND ?')} ORDER BY m.uid`);
  let at = 0;
  // row by row where they are heavy: a page may be full long before the last
  const found = request.content ? range.iterate(mailbox, first, last) : range.all(mailbox, first, last);
  for (const row of found as unknown as Iterable<Row>) {
    while ((uids[at] ?? Infinity) < row[0]) {
      at++;
      yield null;
    }
    if (uids[at] !== row[0]) continue;
    at++;
    yield row;
  }
  for (; at < uids.length; at++) yield null;
}

class PageWriter {
  readonly #reader: Reader;
  readonly #request: FetchRequest;
  readonly #numbers: Float64Array;
  readonly #texts: (string | null)[] = [];
  readonly #wire: Uint8Array[] = [];
  readonly #ends: Uint32Array;
  readonly #octets: Octets[] = [];
  readonly #stale: number[] = [];
  readonly #bytes: Uint8Array[] = [];
  #wireSize = 0;
  #textSize = 0;
  #size = 0;
  #count = 0;

  constructor(reader: Reader, request: FetchRequest) {
    this.#reader = reader;
    this.#request = request;
    this.#numbers = new Float64Array(request.uids.length * NUMBERS);
    this.#ends = new Uint32Array(request.uids.length * 2);
  }

  get full(): boolean {
    return this.#size + this.#wireSize + this.#textSize >= PAGE_OCTETS;
  }

  add(row: Row): void {
    const at = this.#count++;
    for (let i = 0; i < NUMBERS; i++) this.#numbers[at * NUMBERS + i] = row[i] as number;
    const [, , , , , , , keywords, emailId, thread, content, preview, structure, version] = row;
    let [envelope, bodyStructure] = [row[14], row[15]];
    this.#texts.push(keywords, emailId, thread, preview, structure);
    this.#textSize += structure?.length ?? 0;
    if (version !== null && version < WIRE_VERSION) {
      this.#stale.push(content);
      ({ envelope, bodyStructure } = this.#again(content));
    }
    this.#ends[2 * at] = this.#form(this.#request.envelope ? envelope : null);
    this.#ends[2 * at + 1] = this.#form(this.#request.bodyStructure ? bodyStructure : null);
    if (this.#request.content) this.#addOctets(row[16] ?? NO_OCTETS, row[17], row[18]);
  }

  #form(form: Uint8Array | null): number {
    if (form) {
      this.#wire.push(form);
      this.#wireSize += form.length;
    }
    return this.#wireSize;
  }

  /** Wire forms of an older version, made anew. */
  #again(content: number): { envelope: Uint8Array; bodyStructure: Uint8Array } {
    const select = this.#reader.arrays('SELECT structure FROM content WHERE id = ?');
    const [structure] = select.get(content) as unknown as [string];
    return wireForms(JSON.parse(structure) as MessageStructure);
  }

  #addOctets(prefix: Uint8Array, file: string | null, content: Uint8Array | null): void {
    const start = this.#size;
    this.#bytes.push(prefix);
    this.#size += prefix.length;
    if (file === null) {
      if (!content) throw new StoreError('UNAVAILABLE', 'a message has lost its content');
      this.#bytes.push(content);
      this.#size += content.length;
    }
    this.#octets.push({ start, end: this.#size, file });
  }

  end(taken: number): FetchPage {
    return {
      taken,
      count: this.#count,
      numbers: this.#numbers,
      texts: this.#texts,
      wire: joined(this.#wire, this.#wireSize),
      ends: this.#ends,
      bytes: joined(this.#bytes, this.#size),
      octets: this.#octets,
      stale: this.#stale,
    };
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The buffers of a page go over without a copy. */
export function buffersOf({ numbers, wire, ends, bytes }: FetchPage): ArrayBuffer[] {
  return [numbers, wire, ends, bytes].map(({ buffer }) => buffer as ArrayBuffer);
}
