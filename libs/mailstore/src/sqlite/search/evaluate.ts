import type { StoreSearchKey } from '../../types.ts';
import { flagBit } from '../../flags.ts';
import type { MailboxColumns } from './columns.ts';
import type { Mask, SearchContext, Step } from './context.ts';
import { matchText } from './text-key.ts';

type Key<Op extends StoreSearchKey['op']> = Extract<StoreSearchKey, { op: Op }>;

/** Messages among `within` that meet a key. */
export function* evaluate(context: SearchContext, key: StoreSearchKey, within: Mask): Generator<Step, Mask> {
  switch (key.op) {
    case 'all':
      return within;
    case 'and':
      return yield* allOf(context, key, within);
    case 'or':
      return yield* anyOf(context, key, within);
    case 'not': {
      const met = yield* evaluate(context, key.key, within);
      return filter(context, within, (i) => met[i] === 0);
    }
    case 'text':
      return yield* matchText(context, key.field, key.text, within);
    case 'uids':
      return matchUids(context.columns, key, within);
    case 'flag':
      return matchFlag(context, key, within);
    case 'id':
      return matchId(context, key, within);
    default:
      return filter(context, within, numberTest(context.columns, key));
  }
}

function filter({ columns }: SearchContext, within: Mask, test: (position: number) => boolean): Mask {
  const out = new Uint8Array(within.length);
  for (let i = 0; i < columns.count; i++) if (within[i] === 1 && test(i)) out[i] = 1;
  return out;
}

/** Keys that read texts come last, when few messages are left to look at. */
function* allOf(context: SearchContext, { keys }: Key<'and'>, within: Mask): Generator<Step, Mask> {
  let left = within;
  const ordered = keys.map((key) => ({ key, text: readsText(key) })).sort((a, b) => Number(a.text) - Number(b.text));
  for (const { key } of ordered) left = yield* evaluate(context, key, left);
  return left;
}

function readsText(key: StoreSearchKey): boolean {
  if (key.op === 'not') return readsText(key.key);
  return key.op === 'and' || key.op === 'or' ? key.keys.some(readsText) : key.op === 'text';
}

function* anyOf(context: SearchContext, { keys }: Key<'or'>, within: Mask): Generator<Step, Mask> {
  const out = new Uint8Array(within.length);
  let left = within;
  for (const key of keys) {
    const met = yield* evaluate(context, key, left);
    for (let i = 0; i < out.length; i++) if (met[i] === 1) out[i] = 1;
    left = filter(context, left, (i) => met[i] === 0);
  }
  return out;
}

function matchUids(columns: MailboxColumns, { ranges }: Key<'uids'>, within: Mask): Mask {
  const out = new Uint8Array(within.length);
  for (const { first, last } of ranges)
    for (let i = columns.lowerBound(first); i < columns.count && (columns.uid[i] ?? 0) <= last; i++)
      out[i] = within[i] ?? 0;
  return out;
}

function matchFlag(context: SearchContext, { flag, on }: Key<'flag'>, within: Mask): Mask {
  const { bits, words, keywords } = context.columns;
  const bit = flagBit(flag);
  if (bit !== undefined) return filter(context, within, (i) => (((bits[i] ?? 0) & bit) !== 0) === on);
  const wanted = flag.toLowerCase();
  const has = keywords.map((list) => list.toLowerCase().split(' ').includes(wanted));
  return filter(context, within, (i) => has[words[i] ?? 0] === on);
}

function numberTest(
  columns: MailboxColumns,
  key: Key<'time'> | Key<'size'> | Key<'modseq'>,
): (position: number) => boolean {
  const { size, modseq, sent, zone } = columns;
  if (key.op === 'modseq') return (i) => (modseq[i] ?? 0) >= key.modseq;
  if (key.op === 'size')
    return key.is === 'larger' ? (i) => (size[i] ?? 0) > key.size : (i) => (size[i] ?? 0) < key.size;
  const { from = -Infinity, to = Infinity } = key;
  if (key.of === 'sent') {
    return (i) => {
      const local = (sent[i] ?? NaN) + (zone[i] ?? 0) * 60_000;
      return local >= from && local < to;
    };
  }
  const time = key.of === 'internal' ? columns.date : columns.savedAt;
  return (i) => (time[i] ?? 0) >= from && (time[i] ?? 0) < to;
}

function matchId(context: SearchContext, key: Key<'id'>, within: Mask): Mask {
  const column = key.of === 'email' ? 'email_id' : 'thread';
  const rows = context.reader
    .arrays(`SELECT id FROM mail WHERE ${column} = ? AND account = ?`)
    .all(key.id, context.account) as unknown as [number][];
  const mails = new Set(rows.map(([mail]) => mail));
  return filter(context, within, (i) => mails.has(context.columns.mail[i] ?? 0));
}
