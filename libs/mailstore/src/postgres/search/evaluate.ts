import { packFlags } from '../../flags.ts';
import { foldCase } from '../../fold.ts';
import type { MessageText } from '../../text.ts';
import { textMatches } from '../../text.ts';
import type { StoreSearchKey } from '../../types.ts';

/** A message as one that is not indexed is compared with a key. */
export interface Candidate {
  readonly uid: number;
  readonly mail: number;
  readonly bits: number;
  readonly keywords: string | null;
  readonly modseq: number;
  readonly date: number;
  readonly saved: number;
  readonly size: number;
  readonly sentDay: number | null;
  readonly emailId: string;
  readonly threadId: string;
}

/** Whether a message meets a key, as compile.ts has the database find out. */
export function meets(key: StoreSearchKey, message: Candidate, text: MessageText): boolean {
  switch (key.op) {
    case 'all':
      return true;
    case 'and':
      return key.keys.every((each) => meets(each, message, text));
    case 'or':
      return key.keys.some((each) => meets(each, message, text));
    case 'not':
      return !meets(key.key, message, text);
    case 'uids':
      return key.ranges.some(({ first, last }) => first <= message.uid && message.uid <= last);
    case 'flag':
      return hasFlag(message, key.flag) === key.on;
    case 'time': {
      const time = { internal: message.date, saved: message.saved, sent: message.sentDay }[key.of];
      return time !== null && time >= (key.from ?? -Infinity) && time < (key.to ?? Infinity);
    }
    case 'size':
      return key.is === 'larger' ? message.size > key.size : message.size < key.size;
    case 'modseq':
      return message.modseq >= key.modseq;
    case 'text': {
      const needle = foldCase(key.text);
      return (needle === '' && typeof key.field === 'string') || textMatches(text, key.field, needle);
    }
    case 'id':
      return key.id === (key.of === 'email' ? message.emailId : message.threadId);
  }
}

function hasFlag({ bits, keywords }: Candidate, flag: string): boolean {
  if (flag.startsWith('\\')) return (bits & packFlags([flag]).bits) !== 0;
  return (keywords ?? '').toLowerCase().split(' ').includes(flag.toLowerCase());
}

/** Whether a key asks for more than the header section. */
export function asksForBody(key: StoreSearchKey): boolean {
  if (key.op === 'and' || key.op === 'or') return key.keys.some(asksForBody);
  if (key.op === 'not') return asksForBody(key.key);
  return key.op === 'text' && typeof key.field === 'string' && key.text !== '';
}
