import type { SortCriterion } from '../../types.ts';
import { compareCodePoints } from '../../thread/casemap.ts';
import type { Reader } from '../read/reader.ts';
import type { MailboxColumns } from './columns.ts';

type By = SortCriterion['by'];

/** Columns of `summary` that a criterion sorts by. */
const TEXT_COLUMNS: Partial<Record<By, string>> = {
  subject: 'base_subject',
  from: 'from_key',
  to: 'to_key',
  cc: 'cc_key',
  displayfrom: 'display_from',
  displayto: 'display_to',
};

interface Ranks {
  readonly generation: number;
  readonly ranks: Uint32Array;
}

const known = new WeakMap<MailboxColumns, Map<By, Ranks>>();

/** Part of a mailbox from which the order of all of it is worth making and keeping; and how many orders of one mailbox are kept. */
const WHOLE = 1 / 16;
const MAX_ORDERS = 4;

/** Positions (ascending) in the order of RFC 5256 §3: criteria, then UID, which `reverse` does not turn around. */
export function sorted(
  reader: Reader,
  columns: MailboxColumns,
  positions: Uint32Array,
  criteria: readonly SortCriterion[],
): Uint32Array {
  if (positions.length < columns.count * WHOLE) return inOrder(reader, columns, positions, criteria);
  const order = orderOfAll(reader, columns, criteria);
  return positions.length === columns.count ? order : picked(order, positions);
}

/** The order of the whole mailbox: it is the same for every search until messages come or go. */
function orderOfAll(reader: Reader, columns: MailboxColumns, criteria: readonly SortCriterion[]): Uint32Array {
  const name = criteria.map(({ by, reverse }) => (reverse ? `-${by}` : by)).join(' ');
  let order = columns.orders.get(name);
  if (!order) {
    const all = Uint32Array.from({ length: columns.count }, (_, i) => i);
    order = inOrder(reader, columns, all, criteria);
    const [oldest] = columns.orders.keys();
    if (columns.orders.size >= MAX_ORDERS && oldest !== undefined) columns.orders.delete(oldest);
  } else columns.orders.delete(name);
  // the one used last goes to the end
  columns.orders.set(name, order);
  return order;
}

/** Those of `order` that are among `positions`. */
function picked(order: Uint32Array, positions: Uint32Array): Uint32Array {
  const wanted = new Uint8Array(order.length);
  for (const position of positions) wanted[position] = 1;
  return order.filter((position) => wanted[position] === 1);
}

function inOrder(
  reader: Reader,
  columns: MailboxColumns,
  positions: Uint32Array,
  criteria: readonly SortCriterion[],
): Uint32Array {
  const keys = criteria.map(({ by, reverse }) => ({ values: keyColumn(reader, columns, by), sign: reverse ? -1 : 1 }));
  const [first, ...rest] = keys;
  if (!first) return positions;
  const order = Array.from(positions);
  // one key is by far the most common: a comparison without a loop
  if (rest.length === 0) {
    const { values, sign } = first;
    order.sort((a, b) => sign * ((values[a] ?? 0) - (values[b] ?? 0)) || a - b);
  } else {
    order.sort((a, b) => {
      for (const { values, sign } of keys) {
        const difference = (values[a] ?? 0) - (values[b] ?? 0);
        if (difference !== 0) return sign * difference;
      }
      return a - b;
    });
  }
  return Uint32Array.from(order);
}

/** A number for each message that sorts like the criterion. */
function keyColumn(reader: Reader, columns: MailboxColumns, by: By): Float64Array | Uint32Array {
  if (by === 'arrival') return columns.date;
  if (by === 'size') return columns.size;
  // the internal date where there is no sent date (RFC 5256 §2.2)
  if (by === 'date')
    return Float64Array.from({ length: columns.count }, (_, i) => {
      const sent = columns.sent[i] ?? NaN;
      return Number.isNaN(sent) ? (columns.date[i] ?? 0) : sent;
    });
  return ranksOf(reader, columns, by);
}

function ranksOf(reader: Reader, columns: MailboxColumns, by: By): Uint32Array {
  let held = known.get(columns);
  held ??= new Map<By, Ranks>();
  known.set(columns, held);
  const before = held.get(by);
  if (before?.generation === columns.generation) return before.ranks;
  const texts = textsOf(reader, columns, TEXT_COLUMNS[by] ?? '');
  const distinct = [...new Set(texts)];
  // strings compare by code units, which differ from code points only where there are surrogates
  if (distinct.some((text) => /[\ud800-\uffff]/.test(text))) distinct.sort(compareCodePoints);
  else distinct.sort();
  const rank = new Map(distinct.map((text, i) => [text, i]));
  const ranks = Uint32Array.from(texts, (text) => rank.get(text) ?? 0);
  held.set(by, { generation: columns.generation, ranks });
  return ranks;
}

/** Sort keys of all messages; those known already are not read again. */
function textsOf(reader: Reader, columns: MailboxColumns, column: string): string[] {
  let texts = columns.texts.get(column);
  if (!texts) columns.texts.set(column, (texts = []));
  if (texts.length === columns.count) return texts;
  const rows = reader.arrays(
    `SELECT m.uid, s.${column} FROM message m JOIN mail p ON p.id = m.mail JOIN summary s ON s.content = p.content
     WHERE m.mailbox = ? AND m.uid >= ? ORDER BY m.uid`,
  );
  for (const row of rows.iterate(columns.mailbox, columns.uid[texts.length] ?? 0)) {
    const [uid, text] = row as unknown as [number, string];
    // what went since the columns were brought up to date has no text any more, what came has no place in them
    while (texts.length < columns.count && (columns.uid[texts.length] ?? 0) < uid) texts.push('');
    if (texts.length < columns.count && columns.uid[texts.length] === uid) texts.push(text);
  }
  while (texts.length < columns.count) texts.push('');
  return texts;
}
