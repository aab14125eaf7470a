import { WIRE_VERSION } from '@postroad/imap/wire';
import { NUMBERS, type WireAnswer, type WireRequest } from '../protocol.ts';
import { fetchPage } from './fetch.ts';
import type { Reader } from './reader.ts';

/** Octets of one form that goes with others; with a slice of messages they bound what one page takes. */
const SMALL = 4096;

/**
 * The forms of a stretch of messages in one value: what a row costs is mostly the objects that are made of it. SQLite says in no
 * particular order, but both lists are made from the same rows in the same order.
 */
const TOGETHER = `SELECT
  group_concat(m.uid || ' ' || CASE WHEN ?3 THEN length(w.envelope) ELSE 0 END || ' ' || CASE WHEN ?4 THEN length(w.body_structure) ELSE 0 END, ' '),
  CAST(group_concat(CASE WHEN length(w.envelope) > ${SMALL} OR length(w.body_structure) > ${SMALL} THEN ''
    ELSE CASE WHEN ?3 THEN CAST(w.envelope AS TEXT) ELSE '' END || CASE WHEN ?4 THEN CAST(w.body_structure AS TEXT) ELSE '' END END, '') AS BLOB),
  min(w.version), max(max(length(w.envelope), length(w.body_structure)))
  FROM message m JOIN mail p ON p.id = m.mail JOIN wire w ON w.content = p.content
  WHERE m.mailbox = ?5 AND m.uid BETWEEN ?1 AND ?2`;

type Row = [numbers: string | null, octets: Uint8Array | null, version: number, longest: number];

/** Forms of the first of the messages asked for. */
export function wirePage(reader: Reader, request: WireRequest): WireAnswer {
  reader.mailboxById(reader.account(request.account), request.mailbox);
  return together(reader, request) ?? oneByOne(reader, request);
}

/** Null where something has to be looked at singly: messages far apart, long or old forms. */
function together(reader: Reader, { mailbox, uids, envelope, bodyStructure }: WireRequest): WireAnswer | null {
  const [first = 0, last = 0] = [uids[0], uids.at(-1)];
  if (last - first >= 2 * uids.length) return null;
  const select = reader.arrays(TOGETHER);
  const row = select.get(first, last, Number(envelope), Number(bodyStructure), mailbox) as unknown as Row;
  const [numbers, octets, version, longest] = row;
  if (numbers === null) return { taken: uids.length, stale: [], ...NOTHING };
  if (version < WIRE_VERSION || longest > SMALL) return null;
  const fields = numbers.split(' ');
  const found = new Uint32Array(fields.length / 3);
  const ends = new Uint32Array(found.length * 2);
  let end = 0;
  for (let i = 0; i < found.length; i++) {
    found[i] = Number(fields[3 * i]);
    if (i > 0 && (found[i] ?? 0) <= (found[i - 1] ?? 0)) return null;
    ends[2 * i] = end += Number(fields[3 * i + 1]);
    ends[2 * i + 1] = end += Number(fields[3 * i + 2]);
  }
  return { taken: uids.length, stale: [], uids: found, ends, octets: octets ?? NOTHING.octets };
}

const NOTHING = { uids: new Uint32Array(0), ends: new Uint32Array(0), octets: new Uint8Array(0) };

function oneByOne(reader: Reader, request: WireRequest): WireAnswer {
  const page = fetchPage(reader, { ...request, preview: false, structure: false, content: false });
  const { taken, count, numbers, wire, ends, stale } = page;
  const uids = Uint32Array.from({ length: count }, (_, i) => numbers[i * NUMBERS] ?? 0);
  return { taken, stale, uids, ends: ends.subarray(0, 2 * count), octets: wire };
}

/** What goes over without a copy; an empty array may be anybody's. */
export function wireBuffersOf({ octets }: WireAnswer): ArrayBuffer[] {
  return octets.length > 0 ? [octets.buffer as ArrayBuffer] : [];
}
