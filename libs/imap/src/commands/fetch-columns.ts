import type { MessageColumns, WirePage } from '../backend.ts';
import { formatDateTime } from '../parse/date-time.ts';
import type { FetchItem } from '../parse/fetch-items.ts';
import type { Context } from '../session/context.ts';
import type { ViewMode } from '../session/mode.ts';
import type { View } from '../session/view.ts';
import { digits } from '../write/digits.ts';

/** What stands in columns, and what the store has ready. */
type ColumnKind = 'uid' | 'flags' | 'modseq' | 'size' | 'internaldate' | 'envelope' | 'bodystructure';
const KINDS: readonly string[] = [
  'uid',
  'flags',
  'modseq',
  'size',
  'internaldate',
  'envelope',
  'bodystructure',
] satisfies ColumnKind[];

/** Octets of a response without its flags, at most: numbers of ten digits (MODSEQ and size of sixteen), a date and the words. */
const MOST = 192;

/** In the order of their bits in `MessageColumns.bits`. */
const SYSTEM = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'];
const RECENT = 32;

/** The kinds of items when all of them can be had so, else null. */
export function columnKinds(items: readonly FetchItem[], hasWire: boolean): readonly ColumnKind[] | null {
  if (!hasWire && items.some(({ kind }) => kind === 'envelope' || kind === 'bodystructure')) return null;
  return items.every(({ kind }) => KINDS.includes(kind)) ? items.map(({ kind }) => kind as ColumnKind) : null;
}

interface Wanted {
  readonly kinds: readonly ColumnKind[];
  readonly columns: MessageColumns;
  /** Whether the client learns the whole state of a message by it. */
  readonly toldWhole: boolean;
}

/**
 * Writes `* n FETCH (…)` of many messages out of columns, octet by octet: this is what clients ask for when they open a large
 * mailbox. Returns how many of the UIDs, which ascend, there are.
 */
export async function writeColumns(
  context: Context,
  { kinds, columns, toldWhole }: Wanted,
  uids: readonly number[],
): Promise<number> {
  const { output, view } = context;
  const writer = new ColumnWriter(view, context.mode, kinds, columns);
  const rows = new Rows(columns.uids, uids);
  let written = 0;
  const write = (at: number): void => {
    output.fill(writer.prepare(at), writer.write);
    if (toldWhole) {
      const modseq = columns.modseqs[at] ?? 0;
      if (modseq > view.modseq) view.told({ uid: columns.uids[at] ?? 0, modseq, flags: [] });
    }
    written++;
  };
  const want = { envelope: kinds.includes('envelope'), bodyStructure: kinds.includes('bodystructure') };
  if (want.envelope || want.bodyStructure) {
    for await (const page of context.account.wire?.(view.mailboxId, uids, want) ?? [])
      for (let i = 0; i < page.uids.length; i++) {
        const at = rows.find(page.uids[i] ?? 0);
        if (at < 0) continue;
        writer.take(page, i);
        write(at);
        if (output.full) await output.flush();
      }
    return written;
  }
  for (const uid of uids) {
    const at = rows.find(uid);
    if (at < 0) continue;
    write(at);
    if (output.full) await output.flush();
  }
  return written;
}

/** Places of wanted messages in the columns, asked for in ascending order. */
class Rows {
  readonly #known: Uint32Array;
  readonly #wanted: readonly number[];
  #at: number;
  #next = 0;

  constructor(known: Uint32Array, wanted: readonly number[]) {
    this.#known = known;
    this.#wanted = wanted;
    this.#at = indexFrom(known, wanted[0] ?? 0);
  }

  /** -1 when the message is not wanted or not there. */
  find(uid: number): number {
    while ((this.#wanted[this.#next] ?? Infinity) < uid) this.#next++;
    if (this.#wanted[this.#next] !== uid) return -1;
    while ((this.#known[this.#at] ?? Infinity) < uid) this.#at++;
    return this.#known[this.#at] === uid ? this.#at : -1;
  }
}

/** Index of the first UID that is not below. */
function indexFrom(uids: Uint32Array, uid: number): number {
  let low = 0;
  let high = uids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((uids[middle] ?? 0) < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}

class ColumnWriter {
  readonly #view: View;
  readonly #uidOnly: boolean;
  readonly #recent: boolean;
  readonly #columns: MessageColumns;
  readonly #kinds: readonly ColumnKind[];
  /** What stands before the value of each item. */
  readonly #heads: readonly Uint8Array[];
  readonly #verb: Uint8Array;
  /** Flag lists as octets, by bits and list of keywords. */
  readonly #flags = new Map<number, Uint8Array>();
  #at = 0;
  #list: Uint8Array = NOTHING;
  #envelope: Uint8Array = NOTHING;
  #bodyStructure: Uint8Array = NOTHING;

  constructor(view: View, mode: ViewMode, kinds: readonly ColumnKind[], columns: MessageColumns) {
    this.#view = view;
    this.#uidOnly = mode.uidOnly;
    this.#recent = mode.recent && view.recent.ranges.length > 0;
    this.#columns = columns;
    this.#kinds = kinds;
    this.#heads = kinds.map((kind, i) => octets(`${i === 0 ? '' : ' '}${HEADS[kind]}`));
    this.#verb = octets(mode.uidOnly ? ' UIDFETCH (' : ' FETCH (');
  }

  /** Chooses the message to write; returns how many octets it may take. */
  prepare(at: number): number {
    this.#at = at;
    this.#list = this.#flagList(at);
    return MOST + this.#list.length + this.#envelope.length + this.#bodyStructure.length;
  }

  /** Forms of the message that is prepared next. */
  take({ octets, ends }: WirePage, i: number): void {
    const middle = ends[2 * i] ?? 0;
    this.#envelope = octets.subarray(i === 0 ? 0 : ends[2 * i - 1], middle);
    this.#bodyStructure = octets.subarray(middle, ends[2 * i + 1]);
  }

  readonly write = (buffer: Uint8Array, start: number): number => {
    const { uids, modseqs, sizes, dates } = this.#columns;
    const uid = uids[this.#at] ?? 0;
    buffer[start] = 0x2a;
    buffer[start + 1] = 0x20;
    let at = digits(buffer, start + 2, this.#uidOnly ? uid : this.#view.sequence(uid));
    at = copy(buffer, at, this.#verb);
    for (let i = 0; i < this.#kinds.length; i++) {
      at = copy(buffer, at, this.#heads[i] ?? NOTHING);
      switch (this.#kinds[i]) {
        case 'uid':
          at = digits(buffer, at, uid);
          break;
        case 'flags':
          at = copy(buffer, at, this.#list);
          break;
        case 'modseq':
          at = digits(buffer, at, modseqs[this.#at] ?? 0);
          buffer[at++] = 0x29;
          break;
        case 'size':
          at = digits(buffer, at, sizes[this.#at] ?? 0);
          break;
        case 'internaldate':
          at = ascii(buffer, at, `${formatDateTime(dates[this.#at] ?? 0)}"`);
          break;
        case 'envelope':
          buffer.set(this.#envelope, at);
          at += this.#envelope.length;
          break;
        case 'bodystructure':
          buffer.set(this.#bodyStructure, at);
          at += this.#bodyStructure.length;
          break;
        case undefined:
          break;
      }
    }
    buffer[at] = 0x29;
    buffer[at + 1] = 0x0d;
    buffer[at + 2] = 0x0a;
    return at + 3;
  };

  #flagList(at: number): Uint8Array {
    const { bits, lists, keywords, uids } = this.#columns;
    const recent = this.#recent && this.#view.recent.has(uids[at] ?? 0) ? RECENT : 0;
    const system = ((bits[at] ?? 0) & 31) | recent;
    const list = lists[at] ?? 0;
    const key = list * 64 + system;
    let made = this.#flags.get(key);
    if (!made) {
      const words = SYSTEM.filter((_flag, i) => (system >> i) & 1);
      if (list > 0) words.push(keywords[list - 1] ?? '');
      if (recent) words.push('\\Recent');
      this.#flags.set(key, (made = octets(`${words.join(' ')})`)));
    }
    return made;
  }
}

const NOTHING = new Uint8Array(0);

const HEADS: Readonly<Record<ColumnKind, string>> = {
  uid: 'UID ',
  flags: 'FLAGS (',
  modseq: 'MODSEQ (',
  size: 'RFC822.SIZE ',
  internaldate: 'INTERNALDATE "',
  envelope: 'ENVELOPE ',
  bodystructure: 'BODYSTRUCTURE ',
};

function octets(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

/** A few octets: a loop is faster than a call out of JavaScript. */
function copy(buffer: Uint8Array, at: number, piece: Uint8Array): number {
  for (let i = 0; i < piece.length; i++) buffer[at + i] = piece[i] ?? 0;
  return at + piece.length;
}

function ascii(buffer: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) buffer[at + i] = text.charCodeAt(i);
  return at + text.length;
}
