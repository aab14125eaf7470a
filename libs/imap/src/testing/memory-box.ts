import { type MessageStructure, parseStructure } from '@postroad/message';
import type {
  FlagChange,
  FlaggedMessage,
  MailboxInfo,
  MessageColumns,
  MessageData,
  SearchResult,
  WirePage,
  WireWant,
} from '../backend.ts';
import { bodyStructureWire, envelopeWire } from '../wire.ts';
import type { Row } from './memory-search.ts';

/** A mailbox of the backend in memory. */
export interface Box {
  id: number;
  name: string;
  specialUse: string | null;
  rights: string;
  uidNext: number;
  modseq: number;
  recentFrom: number;
  rows: Row[];
  vanished: { uid: number; modseq: number }[];
  /** What vanished up to this MODSEQ is forgotten. */
  forgottenTo: number;
}

export function infoOf(box: Box, subscribed: boolean): MailboxInfo {
  const { id, name, specialUse, rights, uidNext, modseq, recentFrom, rows } = box;
  const deleted = rows.filter((row) => row.flags.includes('\\Deleted'));
  const octets = (some: readonly Row[]): number => some.reduce((sum, row) => sum + row.content.length, 0);
  return {
    id,
    name,
    objectId: `F${String(id)}`,
    specialUse,
    subscribed,
    uidValidity: id,
    uidNext,
    highestModseq: modseq,
    messages: rows.length,
    unseen: rows.filter((row) => !row.flags.includes('\\Seen')).length,
    bytes: octets(rows),
    deleted: deleted.length,
    deletedBytes: octets(deleted),
    recentFrom,
    rights,
    shared: false,
  };
}

export function canonical(name: string): string {
  return /^inbox$/i.test(name) ? 'INBOX' : name.normalize('NFC');
}

export function resultOf(rows: readonly Row[]): SearchResult {
  return {
    uids: Uint32Array.from(rows, (row) => row.uid),
    modseq: Math.max(0, ...rows.map((row) => row.modseq)),
  };
}

export function applyTo(row: Row, change: FlagChange, modseq: number): FlaggedMessage {
  const previousModseq = row.modseq;
  const before = new Set(row.flags);
  const next = new Set(change.mode === 'replace' ? [] : row.flags);
  for (const flag of change.flags) {
    if (change.mode === 'remove') next.delete(flag);
    else next.add(flag);
  }
  if (next.size !== before.size || [...next].some((flag) => !before.has(flag))) {
    row.flags = [...next];
    row.modseq = modseq;
  }
  return { uid: row.uid, flags: [...row.flags], modseq: row.modseq, previousModseq };
}

export function data(row: Row): MessageData {
  let parsed: MessageStructure | undefined;
  const structure = (): MessageStructure => (parsed ??= parseStructure(row.content));
  return {
    uid: row.uid,
    flags: [...row.flags],
    modseq: row.modseq,
    internalDate: row.date,
    savedAt: row.savedAt,
    emailId: row.emailId,
    threadId: row.threadId,
    size: row.content.length,
    prefixSize: 0,
    get envelope() {
      return envelopeWire(structure().envelope);
    },
    get bodyStructure() {
      return bodyStructureWire(structure());
    },
    preview: row.content.toString().split('\r\n\r\n')[1]?.slice(0, 200).trim() ?? '',
    structure,

    async *read(start, end) {
      yield row.content.subarray(start, end);
    },
  };
}

const BITS = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'];

export function columnsOf(rows: readonly Row[]): MessageColumns {
  const words = rows.map(({ flags }) => [...flags].filter((flag) => !BITS.includes(flag)).join(' '));
  const keywords = [...new Set(words)].filter((list) => list !== '');
  const bitsOf = ({ flags }: Row): number =>
    BITS.reduce((bits, flag, n) => bits | ([...flags].includes(flag) ? 1 << n : 0), 0);
  return {
    uids: Uint32Array.from(rows, ({ uid }) => uid),
    bits: Uint8Array.from(rows, bitsOf),
    lists: Uint32Array.from(words, (list) => keywords.indexOf(list) + 1),
    keywords,
    modseqs: Float64Array.from(rows, ({ modseq }) => modseq),
    dates: Float64Array.from(rows, ({ date }) => date),
    sizes: Float64Array.from(rows, ({ content }) => content.length),
  };
}

export function wireOf(rows: readonly Row[], want: WireWant): WirePage {
  const pieces = rows
    .map(data)
    .flatMap(({ envelope, bodyStructure }) => [
      (want.envelope && envelope) || new Uint8Array(0),
      (want.bodyStructure && bodyStructure) || new Uint8Array(0),
    ]);
  let end = 0;
  const ends = Uint32Array.from(pieces, ({ length }) => (end += length));
  return { uids: Uint32Array.from(rows, ({ uid }) => uid), ends, octets: Buffer.concat(pieces) };
}
