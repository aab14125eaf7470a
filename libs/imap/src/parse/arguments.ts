import { ParseError } from '../errors.ts';
import { decodeMailboxName } from './mailbox-name.ts';
import type { Segments } from './reader.ts';
import { parseSequenceSet, SAVED, type SequenceSet } from './sequence-set.ts';

/* eslint-disable no-control-regex -- the grammar excludes CTL (RFC 9051 §9) */
const ATOM = /[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y;
const ASTRING = /[^\x00-\x20\x7f-\xff(){%*"\\]+/y;
const LIST_MAILBOX = /[^\x00-\x20\x7f(){"\\]+/y;
const QUOTED = /"((?:[^"\\\r\n\x00]|\\["\\])*)"/y;
const TAG = /[^\x00-\x20\x7f-\xff(){%*"\\+]+/y;
const FLAG = /\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y;
const NUMBER = /\d{1,19}/y;
const SET = /[\d:,*]+/y;
const BLANKS = / */y;

export interface ArgumentsOptions {
  /** Ranges in one sequence set. */
  readonly maxRanges: number;
  /** Whether mailbox names are UTF-8 (RFC 9051 §5.1, RFC 6855 §3) and not modified UTF-7. */
  readonly utf8?: boolean;
}

/**
 * Reads the arguments of one command from left to right (RFC 9051 §9). Every method takes what it names and throws
 * {@link ParseError} when it is not there. Strings come as octets in latin1 unless `text` or a mailbox name is asked for.
 * Blanks too many between arguments are passed over, as clients send them and they can mean nothing.
 */
export class Arguments {
  readonly #segments: Segments;
  readonly #options: ArgumentsOptions;
  #segment = 0;
  #line: string;
  #at = 0;
  #before = 0;

  constructor(segments: Segments, options: ArgumentsOptions) {
    this.#segments = segments;
    this.#options = options;
    this.#line = segments[0]?.toString('latin1') ?? '';
  }

  fail(expected: string): never {
    throw new ParseError(`expected ${expected}`, this.#before + this.#at);
  }

  /** The octet ahead as a character; empty at the end of the command or in front of a literal. */
  peek(): string {
    return this.#line.charAt(this.#at);
  }

  /** The next octets, for grammars that need to look further. */
  ahead(length: number): string {
    return this.#line.substring(this.#at, this.#at + length);
  }

  /** Whether nothing is left; blanks are nothing. */
  atEnd(): boolean {
    if (this.#segment + 1 < this.#segments.length) return false;
    let at = this.#at;
    while (this.#line.charAt(at) === ' ') at++;
    return at === this.#line.length;
  }

  end(): void {
    if (!this.atEnd()) this.fail('the end of the command');
  }

  /** Takes a fixed text without regard to case, if it is next. */
  skip(text: string): boolean {
    const ahead = this.#line.substring(this.#at, this.#at + text.length);
    if (ahead !== text && ahead.toLowerCase() !== text.toLowerCase()) return false;
    this.#at += text.length;
    if (text.endsWith(' ')) this.#take(BLANKS);
    return true;
  }

  expect(text: string): void {
    if (!this.skip(text)) this.fail(text === ' ' ? 'a space' : `"${text}"`);
  }

  space(): void {
    this.expect(' ');
  }

  /** Takes what a sticky pattern matches here; null when it does not. */
  match(pattern: RegExp): string | null {
    return this.#take(pattern);
  }

  tag(): string {
    return this.#take(TAG) ?? this.fail('a tag');
  }

  atom(): string {
    return this.#take(ATOM) ?? this.fail('an atom');
  }

  flag(): string {
    return this.#take(FLAG) ?? this.fail('a flag');
  }

  number(): number {
    const digits = this.#take(NUMBER) ?? this.fail('a number');
    const value = Number(digits);
    return Number.isSafeInteger(value) ? value : this.fail('a number below 2^53');
  }

  /** number of 32 bits. */
  number32(): number {
    const value = this.number();
    return value <= 0xffffffff ? value : this.fail('a number below 2^32');
  }

  /** A sequence set, or `$` (RFC 5182). */
  set(): SequenceSet {
    if (this.skip('$')) return SAVED;
    const start = this.#at;
    const set = parseSequenceSet(this.#take(SET) ?? '', this.#options.maxRanges);
    if (set) return set;
    this.#at = start;
    return this.fail('a sequence set');
  }

  /** quoted or literal, octets as latin1. */
  string(): string {
    return this.#quotedOrLiteral() ?? this.fail('a string');
  }

  astring(): string {
    return this.#quotedOrLiteral() ?? this.#take(ASTRING) ?? this.fail('a string or atom');
  }

  nstring(): string | null {
    return this.#quotedOrLiteral() ?? (this.skip('NIL') ? null : this.fail('a string or NIL'));
  }

  /** nstring or literal8 (RFC 3516, RFC 5464 §5), whatever octets it has. */
  octets(): Buffer | null {
    this.skip('~');
    const value = this.nstring();
    return value === null ? null : Buffer.from(value, 'latin1');
  }

  /** An astring decoded as UTF-8. */
  text(): string {
    return utf8(this.astring());
  }

  /** A mailbox name. */
  mailbox(): string {
    return this.#name(this.astring());
  }

  /** A pattern of LIST: `%` and `*` may stand in an atom. */
  listMailbox(): string {
    return this.#name(this.#quotedOrLiteral() ?? this.#take(LIST_MAILBOX) ?? this.fail('a mailbox pattern'));
  }

  /** `(a b c)` with `item` called for each; an empty list is allowed. */
  list<T>(item: () => T): T[] {
    this.expect('(');
    this.#take(BLANKS);
    const items: T[] = [];
    while (!this.skip(')')) {
      if (items.length > 0) this.space();
      if (items.length > 0 && this.skip(')')) break;
      items.push(item());
    }
    return items;
  }

  #name(wire: string): string {
    const name = utf8(wire);
    if (this.#options.utf8 === true) return name;
    return decodeMailboxName(name) ?? this.fail('a mailbox name in modified UTF-7');
  }

  #quotedOrLiteral(): string | null {
    if (this.#at === this.#line.length && this.#segment + 1 < this.#segments.length) return this.#takeLiteral();
    if (this.peek() !== '"') return null;
    QUOTED.lastIndex = this.#at;
    const match = QUOTED.exec(this.#line);
    if (!match) return this.fail('a closing quote');
    this.#at = QUOTED.lastIndex;
    const text = match[1] ?? '';
    return text.includes('\\') ? text.replace(/\\(.)/g, '$1') : text;
  }

  #takeLiteral(): string {
    const literal = this.#segments[this.#segment + 1];
    this.#before += this.#line.length + (literal?.length ?? 0);
    this.#segment += 2;
    this.#line = this.#segments[this.#segment]?.toString('latin1') ?? '';
    this.#at = 0;
    return literal?.toString('latin1') ?? '';
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#line);
    if (!match) return null;
    this.#at = pattern.lastIndex;
    return match[0];
  }
}

/** Octets held as latin1, read as UTF-8 when they are that. */
export function utf8(latin1: string): string {
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  const octets = Buffer.from(latin1, 'latin1');
  const text = octets.toString('utf8');
  return text.includes('\ufffd') ? latin1 : text;
}
