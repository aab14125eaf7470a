import type { SearchField } from '../backend.ts';
import { ParseError } from '../errors.ts';
import type { ImapLimits } from '../limits.ts';
import { type Arguments, utf8 } from './arguments.ts';
import { parseDay } from './date-time.ts';
import type { SequenceSet } from './sequence-set.ts';

/** A search criterion (RFC 3501 §6.4.4). */
export type SearchKey =
  | { readonly op: 'all' }
  | { readonly op: 'and'; readonly keys: readonly SearchKey[] }
  | { readonly op: 'or'; readonly keys: readonly [SearchKey, SearchKey] }
  | { readonly op: 'not'; readonly key: SearchKey }
  | { readonly op: 'set'; readonly set: SequenceSet; readonly byUid: boolean }
  | { readonly op: 'flag'; readonly flag: string; readonly on: boolean }
  /** `day` is the start of the day, ms since the epoch, UTC. */
  | {
      readonly op: 'date';
      readonly of: 'internal' | 'sent';
      readonly is: 'before' | 'on' | 'since';
      readonly day: number;
    }
  | { readonly op: 'size'; readonly is: 'larger' | 'smaller'; readonly size: number }
  | { readonly op: 'text'; readonly field: SearchField; readonly text: string }
  | { readonly op: 'modseq'; readonly modseq: number };

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
const DATES: Readonly<Record<string, readonly [of: 'internal' | 'sent', is: 'before' | 'on' | 'since']>> = {
  BEFORE: ['internal', 'before'],
  ON: ['internal', 'on'],
  SINCE: ['internal', 'since'],
  SENTBEFORE: ['sent', 'before'],
  SENTON: ['sent', 'on'],
  SENTSINCE: ['sent', 'since'],
};
const ALL: SearchKey = { op: 'all' };
const NONE: SearchKey = { op: 'not', key: ALL };

/** Reads search keys up to the end of the command; they are joined by AND. */
export class SearchKeyParser {
  readonly #args: Arguments;
  readonly #limits: ImapLimits;
  #count = 0;

  constructor(args: Arguments, limits: ImapLimits) {
    this.#args = args;
    this.#limits = limits;
  }

  keys(): SearchKey {
    const keys = [this.#key(0)];
    while (this.#args.skip(' ')) keys.push(this.#key(0));
    this.#args.end();
    return { op: 'and', keys };
  }

  #key(depth: number): SearchKey {
    const args = this.#args;
    if (depth > this.#limits.depth || ++this.#count > this.#limits.searchKeys)
      throw new ParseError('search too complex', 0);
    if (args.peek() === '(') return { op: 'and', keys: args.list(() => this.#key(depth + 1)) };
    if (/[\d*]/.test(args.peek())) return { op: 'set', set: args.set(), byUid: false };
    const name = args.atom().toUpperCase();
    const flag = FLAGS[name];
    if (flag) return { op: 'flag', flag: flag[0], on: flag[1] };
    return this.#simple(name) ?? this.#withArgument(name, depth);
  }

  /** No session has `\Recent` (SPEC.md): NEW and RECENT name nothing, OLD everything. */
  #simple(name: string): SearchKey | null {
    if (name === 'ALL' || name === 'OLD') return ALL;
    return name === 'NEW' || name === 'RECENT' ? NONE : null;
  }

  #withArgument(name: string, depth: number): SearchKey {
    const args = this.#args;
    const header = HEADERS[name];
    const date = DATES[name];
    args.space();
    if (header !== undefined) return { op: 'text', field: { header }, text: utf8(args.astring()) };
    if (date) return { op: 'date', of: date[0], is: date[1], day: this.#day() };
    switch (name) {
      case 'BODY':
      case 'TEXT':
        return { op: 'text', field: name === 'BODY' ? 'body' : 'text', text: utf8(args.astring()) };
      case 'HEADER': {
        const field = args.astring();
        args.space();
        return { op: 'text', field: { header: field.toLowerCase() }, text: utf8(args.astring()) };
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
      case 'MODSEQ':
        return this.#modseq();
      default:
        return args.fail('a search key');
    }
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

/** Whether a search asks for MODSEQ anywhere: then the answer tells one. */
export function asksModseq(key: SearchKey): boolean {
  if (key.op === 'and' || key.op === 'or') return key.keys.some(asksModseq);
  return key.op === 'not' ? asksModseq(key.key) : key.op === 'modseq';
}
