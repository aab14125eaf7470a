import type { BackendSearchKey } from '../backend.ts';
import { Refusal } from '../errors.ts';
import type { DayKey, SearchKey } from '../parse/search-key.ts';
import { SAVED } from '../parse/sequence-set.ts';
import type { Context } from './context.ts';

const DAY = 86_400_000;

/** A search as the store understands it: what is particular to this session and this moment becomes UIDs and times. */
export function translate(context: Context, key: SearchKey): BackendSearchKey {
  switch (key.op) {
    case 'and': {
      const [first, ...others] = key.keys.map((one) => translate(context, one));
      return first && others.length === 0 ? first : { op: 'and', keys: first ? [first, ...others] : [] };
    }
    case 'or':
      return { op: 'or', keys: key.keys.map((one) => translate(context, one)) };
    case 'not':
      return { op: 'not', key: translate(context, key.key) };
    case 'set':
      // RFC 9586 §3: but `$` is no sequence number
      if (!key.byUid && key.set !== SAVED && context.mode.uidOnly)
        throw new Refusal('BAD', 'UIDREQUIRED', 'only UIDs name messages now');
      return { op: 'uids', ranges: context.view.ranges(key.set, key.byUid) };
    case 'uids':
      return { op: 'uids', ranges: key.ranges.filter(({ first, last }) => first <= last) };
    case 'recent':
      return { op: 'uids', ranges: context.mode.recent ? context.view.recent.ranges : [] };
    case 'day':
      return { op: 'time', of: key.of, ...bounds(key) };
    case 'within': {
      const at = Date.now() - key.seconds * 1000;
      return { op: 'time', of: 'internal', ...(key.is === 'older' ? { to: at + 1 } : { from: at }) };
    }
    default:
      return key;
  }
}

function bounds({ is, day }: DayKey): { from?: number; to?: number } {
  if (is === 'before') return { to: day };
  return is === 'since' ? { from: day } : { from: day, to: day + DAY };
}
