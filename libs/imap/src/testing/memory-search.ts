import { decodeWords, parseDate, parseStructure, searchText } from '@postroad/message';
import type { BackendSearchKey, SortCriterion, ThreadNode } from '../backend.ts';

/** A message of the backend in memory. */
export interface Row {
  uid: number;
  flags: string[];
  modseq: number;
  date: number;
  savedAt: number;
  emailId: string;
  threadId: string;
  content: Buffer;
}

/** Decoded value of a header field, all of one name together; null when there is none. */
function header(row: Row, name: string): string | null {
  const lines =
    row.content
      .toString()
      .split('\r\n\r\n')[0]
      ?.replace(/\r\n[ \t]/g, ' ')
      .split('\r\n') ?? [];
  const values = lines.filter((line) => line.toLowerCase().startsWith(`${name}:`));
  return values.length > 0 ? values.map((line) => decodeWords(line.slice(name.length + 1).trim())).join('\n') : null;
}

function textOf(row: Row, field: 'body' | 'text' | { header: string }): string | null {
  if (typeof field !== 'string') return header(row, field.header);
  const body = searchText(row.content, parseStructure(row.content));
  if (field === 'body') return body;
  return `${decodeWords(row.content.toString().split('\r\n\r\n')[0] ?? '')}\n${body}`;
}

/** The day of the Date field as if it were UTC. */
function sentAt(row: Row): number | null {
  const parsed = parseDate(header(row, 'date') ?? '');
  return parsed && parsed.time + parsed.zone * 60_000;
}

export function matches(row: Row, key: BackendSearchKey): boolean {
  switch (key.op) {
    case 'all':
      return true;
    case 'and':
      return key.keys.every((one) => matches(row, one));
    case 'or':
      return key.keys.some((one) => matches(row, one));
    case 'not':
      return !matches(row, key.key);
    case 'uids':
      return key.ranges.some(({ first, last }) => row.uid >= first && row.uid <= last);
    case 'flag':
      return row.flags.some((flag) => flag.toLowerCase() === key.flag.toLowerCase()) === key.on;
    case 'size':
      return key.is === 'larger' ? row.content.length > key.size : row.content.length < key.size;
    case 'modseq':
      return row.modseq >= key.modseq;
    case 'id':
      return (key.of === 'email' ? row.emailId : row.threadId) === key.id;
    case 'time': {
      const time = key.of === 'sent' ? sentAt(row) : key.of === 'saved' ? row.savedAt : row.date;
      return time !== null && time >= (key.from ?? -Infinity) && time < (key.to ?? Infinity);
    }
    case 'text':
      return textOf(row, key.field)?.toLowerCase().includes(key.text.toLowerCase()) ?? false;
  }
}

function sortKey(row: Row, by: SortCriterion['by']): string | number {
  switch (by) {
    case 'arrival':
      return row.date;
    case 'date':
      return parseDate(header(row, 'date') ?? '')?.time ?? row.date;
    case 'size':
      return row.content.length;
    case 'subject':
      return (header(row, 'subject') ?? '').replace(/^(?:re|fwd?): */i, '').toLowerCase();
    default:
      return (header(row, by.replace('display', '')) ?? '').toLowerCase();
  }
}

export function sortRows(rows: readonly Row[], criteria: readonly SortCriterion[]): Row[] {
  return [...rows].sort((a, b) => {
    for (const { by, reverse } of criteria) {
      const [x, y] = [sortKey(a, by), sortKey(b, by)];
      if (x !== y) return x < y === reverse ? 1 : -1;
    }
    return a.uid - b.uid;
  });
}

interface Grown {
  uid: number | null;
  children: Grown[];
}

/** By the last of References that is here: enough to see how the session writes threads. */
export function threadRows(rows: readonly Row[], algorithm: 'references' | 'orderedsubject'): ThreadNode[] {
  const roots: Grown[] = [];
  const byKey = new Map<string, Grown>();
  for (const row of sortRows(rows, [{ by: 'date', reverse: false }])) {
    const node: Grown = { uid: row.uid, children: [] };
    if (algorithm === 'orderedsubject') {
      const subject = String(sortKey(row, 'subject'));
      const root = byKey.get(subject);
      if (root) root.children.push(node);
      else byKey.set(subject, node);
      if (!root) roots.push(node);
      continue;
    }
    const references = header(row, 'references')?.split(/\s+/) ?? [];
    const parent = references.map((id) => byKey.get(id)).findLast((one) => one !== undefined);
    byKey.set(header(row, 'message-id') ?? String(row.uid), node);
    (parent?.children ?? roots).push(node);
  }
  return roots;
}
