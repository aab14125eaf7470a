import type { SearchField, UidRange } from '../backend.ts';
import { ParseError } from '../errors.ts';
import type { ImapLimits } from '../limits.ts';
import type { Arguments } from './arguments.ts';
import type { Decoder } from './charset.ts';
import { parseDay } from './date-time.ts';
import type { SequenceSet } from './sequence-set.ts';

/** Which time a criterion is about, and how it compares. */
export interface DayKey {
  readonly op: 'day';
  readonly of: 'internal' | 'sent' | 'saved';
  readonly is: 'before' | 'on' | 'since';
  /** Start of the day, ms since the epoch, UTC. */
  readonly day: number;
}

/** A search criterion as the client wrote it (RFC 9051 §6.4.4). */
export type SearchKey =
  | { readonly op: 'all' }
  | { readonly op: 'and'; readonly keys: readonly SearchKey[] }
  | { readonly op: 'or'; readonly keys: readonly [SearchKey, SearchKey] }
  | { readonly op: 'not'; readonly key: SearchKey }
  | { readonly op: 'set'; readonly set: SequenceSet; readonly byUid: boolean }
  | { readonly op: 'uids'; readonly ranges: readonly UidRange[] }
  | { readonly op: 'recent' }
  | { readonly op: 'flag'; readonly flag: string; readonly on: boolean }
  | DayKey
  /** RFC 5032: by INTERNALDATE. */
  | { readonly op: 'within'; readonly is: 'older' | 'younger'; readonly seconds: number }
  | { readonly op: 'size'; readonly is: 'larger' | 'smaller'; readonly size: number }
  | { readonly op: 'text'; readonly field: SearchField; readonly text: string }
  | { readonly op: 'modseq'; readonly modseq: number }
  | { readonly op: 'id'; readonly of: 'email' | 'thread'; readonly id: string };

const FLAGS: Readonly<Record<string, readonly [flag: string, on: boolean]>> = {
  ANSWERED: ['\\Answered', true],
  DELETED: ['\\Deleted', true],
  DRAFT: ['\\Draft', true],
  FLAGGED: ['\\Flagged', true],
  SEEN: ['\\Seen', true],
  UNANSWERED: ['\\Answered', false],
  UNDELETED: ['\\Deleted', false],
  UNDRAFT: ['\\Draft', false],
  UNFLAGGED: ['\\Flagged', false],
  UNSEEN: ['\\Seen', false],
};
const HEADERS: Readonly<Record<string, string>> = { BCC: 'bcc', CC: 'cc', FROM: 'from', SUBJECT: 'subject', TO: 'to' };
const DAYS: Readonly<Record<string, readonly [of: DayKey['of'], is: DayKey['is']]>> = {
  BEFORE: ['internal', 'before'],
  ON: ['internal', 'on'],
  SINCE: ['internal', 'since'],
  SENTBEFORE: ['sent', 'before'],
  SENTON: ['sent', 'on'],
  SENTSINCE: ['sent', 'since'],
  SAVEDBEFORE: ['saved', 'before'],
  SAVEDON: ['saved', 'on'],
  SAVEDSINCE: ['saved', 'since'],
};
const SIMPLE: Readonly<Record<string, SearchKey>> = {
  ALL: { op: 'all' },
  // RFC 3501; with IMAP4rev2 nothing is recent
  RECENT: { op: 'recent' },
  OLD: { op: 'not', key: { op: 'recent' } },
  NEW: { op: 'and', keys: [{ op: 'recent' }, { op: 'flag', flag: '\\Seen', on: false }] },
  // RFC 8514 §4.3: every mailbox here keeps the date
  SAVEDATESUPPORTED: { op: 'all' },
};
const MAX_UID = 0xffffffff;
const OBJECT_ID = /^[A-Za-z0-9_-]{1,255}$/;

/** Reads search keys up to the end of the command; they are joined by AND. */
export class SearchKeyParser {
  readonly #args: Arguments;
  readonly #limits: ImapLimits;
  readonly #decode: Decoder;
  #count = 0;

  constructor(args: Arguments, limits: ImapLimits, decode: Decoder) {
    this.#args = args;
    this.#limits = limits;
    this.#decode = decode;
  }

  keys(): SearchKey {
    const keys = [this.#key(0)];
    while (!this.#args.atEnd()) {
      this.#args.space();
      keys.push(this.#key(0));
    }
    return { op: 'and', keys };
  }

  #key(depth: number): SearchKey {
    const args = this.#args;
    if (depth > this.#limits.depth || ++this.#count > this.#limits.searchKeys)
      throw new ParseError('search too complex', 0);
    if (args.peek() === '(') {
      const keys = args.list(() => this.#key(depth + 1));
      return keys.length > 0 ? { op: 'and', keys } : args.fail('a search key');
    }
    if (/[\d*$]/.test(args.peek())) return { op: 'set', set: args.set(), byUid: false };
    const name = args.atom().toUpperCase();
    const flag = FLAGS[name];
    if (flag) return { op: 'flag', flag: flag[0], on: flag[1] };
    return SIMPLE[name] ?? this.#withArgument(name, depth);
  }

  #withArgument(name: string, depth: number): SearchKey {
    const args = this.#args;
    const header = HEADERS[name];
    const day = DAYS[name];
    args.space();
    if (header !== undefined) return { op: 'text', field: { header }, text: this.#text() };
    if (day) return { op: 'day', of: day[0], is: day[1], day: this.#day() };
    switch (name) {
      case 'BODY':
      case 'TEXT':
        return { op: 'text', field: name === 'BODY' ? 'body' : 'text', text: this.#text() };
      case 'HEADER': {
        const field = args.astring();
        args.space();
        return { op: 'text', field: { header: field.toLowerCase() }, text: this.#text() };
      }
      case 'KEYWORD':
      case 'UNKEYWORD':
        return { op: 'flag', flag: args.atom(), on: name === 'KEYWORD' };
      case 'LARGER':
      case 'SMALLER':
        return { op: 'size', is: name === 'LARGER' ? 'larger' : 'smaller', size: args.number() };
      case 'UID':
        return { op: 'set', set: args.set(), byUid: true };
      case 'NOT':
        return { op: 'not', key: this.#key(depth + 1) };
      case 'OR': {
        const left = this.#key(depth + 1);
        args.space();
        return { op: 'or', keys: [left, this.#key(depth + 1)] };
      }
      default:
        return this.#extension(name);
    }
  }

  #extension(name: string): SearchKey {
    const args = this.#args;
    switch (name) {
      case 'MODSEQ':
        return this.#modseq();
      case 'OLDER':
      case 'YOUNGER': {
        const seconds = args.number32() || args.fail('a number above 0');
        return { op: 'within', is: name === 'OLDER' ? 'older' : 'younger', seconds };
      }
      case 'EMAILID':
      case 'THREADID': {
        const id = args.astring();
        if (!OBJECT_ID.test(id)) args.fail('an object id');
        return { op: 'id', of: name === 'EMAILID' ? 'email' : 'thread', id };
      }
      // RFC 9738 §3.3
      case 'UIDAFTER':
        return { op: 'uids', ranges: [{ first: args.number32() + 1, last: MAX_UID }] };
      case 'UIDBEFORE':
        return { op: 'uids', ranges: [{ first: 1, last: args.number32() - 1 }] };
      default:
        return args.fail('a search key');
    }
  }

  #text(): string {
    return this.#decode(this.#args.astring());
  }

  /** RFC 7162 §3.1.5: the entry name and type are read and mean nothing here: all flags share one MODSEQ. */
  #modseq(): SearchKey {
    const args = this.#args;
    if (args.peek() === '"') {
      args.string();
      args.space();
      args.atom();
      args.space();
    }
    return { op: 'modseq', modseq: args.number() };
  }

  #day(): number {
    return parseDay(this.#args.astring()) ?? this.#args.fail('a date');
  }
}

/** Whether a criterion holds anywhere in a search. */
export function someKey(key: SearchKey, test: (key: SearchKey) => boolean): boolean {
  if (key.op === 'and' || key.op === 'or') return key.keys.some((one) => someKey(one, test));
  return key.op === 'not' ? someKey(key.key, test) : test(key);
}
