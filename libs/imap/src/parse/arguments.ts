import { ParseError } from '../errors.ts';
import { decodeMailboxName } from './mailbox-name.ts';
import type { Segments } from './reader.ts';
import type { SequenceSet } from './sequence-set.ts';
import { parseSequenceSet } from './sequence-set.ts';

/* eslint-disable no-control-regex -- the grammar excludes CTL (RFC 3501 §9) */
const ATOM = /[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y;
const ASTRING = /[^\x00-\x20\x7f-\xff(){%*"\\]+/y;
const LIST_MAILBOX = /[^\x00-\x20\x7f(){"\\]+/y;
const QUOTED = /"((?:[^"\\\r\n\x00]|\\["\\])*)"/y;
const TAG = /[^\x00-\x20\x7f-\xff(){%*"\\+]+/y;
const FLAG = /\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y;
const NUMBER = /\d{1,19}/y;
const SET = /[\d:,*]+/y;

/**
 * Reads the arguments of one command from left to right (RFC 3501 §9). Every method takes what it names and throws
 * {@link ParseError} when it is not there. Strings come as octets in latin1 unless `text` or a mailbox name is asked for.
 */
export class Arguments {
  readonly #segments: Segments;
  readonly #maxRanges: number;
  #segment = 0;
  #line: string;
  #at = 0;
  #before = 0;

  constructor(segments: Segments, maxRanges: number) {
    this.#segments = segments;
    this.#maxRanges = maxRanges;
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

  /** Whether nothing is left. */
  atEnd(): boolean {
    return this.#at === this.#line.length && this.#segment + 1 >= this.#segments.length;
  }

  /** Whether the segments end here and a literal is next that was not read (a streamed one). */
  end(): void {
    if (!this.atEnd()) this.fail('the end of the command');
  }

  /** Takes a fixed text without regard to case, if it is next. */
  skip(text: string): boolean {
    if (this.#line.substring(this.#at, this.#at + text.length).toLowerCase() !== text.toLowerCase()) return false;
    this.#at += text.length;
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

  set(): SequenceSet {
    const start = this.#at;
    const set = parseSequenceSet(this.#take(SET) ?? '', this.#maxRanges);
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

  /** An astring decoded as UTF-8. */
  text(): string {
    return utf8(this.astring());
  }

  /** A mailbox name, decoded from modified UTF-7. */
  mailbox(): string {
    return decodeMailboxName(utf8(this.astring())) ?? this.fail('a mailbox name in modified UTF-7');
  }

  /** A pattern of LIST: `%` and `*` may stand in an atom. */
  listMailbox(): string {
    const wire = this.#quotedOrLiteral() ?? this.#take(LIST_MAILBOX) ?? this.fail('a mailbox pattern');
    return decodeMailboxName(utf8(wire)) ?? this.fail('a mailbox name in modified UTF-7');
  }

  /** `(a b c)` with `item` called for each; an empty list is allowed. */
  list<T>(item: () => T): T[] {
    this.expect('(');
    const items: T[] = [];
    if (this.skip(')')) return items;
    do items.push(item());
    while (this.skip(' '));
    this.expect(')');
    return items;
  }

  #quotedOrLiteral(): string | null {
    if (this.#at === this.#line.length && this.#segment + 1 < this.#segments.length) return this.#takeLiteral();
    if (this.peek() !== '"') return null;
    QUOTED.lastIndex = this.#at;
    const match = QUOTED.exec(this.#line);
    if (!match) return this.fail('a closing quote');
    this.#at = QUOTED.lastIndex;
    return (match[1] ?? '').replace(/\\(.)/g, '$1');
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
