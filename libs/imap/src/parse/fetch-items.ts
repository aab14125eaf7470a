import { formatString } from '../write/strings.ts';
import type { Arguments } from './arguments.ts';

/** Octets asked for with `<start.count>`. */
export interface PartialOctets {
  readonly start: number;
  readonly count: number;
}

/** What of a message BODY[…] names. */
export interface SectionName {
  /** As `sectionRange` of @postroad/message takes it; empty for all of the message. */
  readonly path: string;
  /** Of a HEADER section: the fields to keep, or with `not` to leave out. */
  readonly fields?: readonly string[];
  readonly not: boolean;
}

/** A part of the message asked for with BODY[…] or one of its old names, or decoded with BINARY[…] (RFC 3516). */
export interface SectionItem extends SectionName {
  readonly kind: 'section' | 'binary';
  /** Whether it leaves `\Seen` alone. */
  readonly peek: boolean;
  readonly partial: PartialOctets | null;
  /** How the response names it. */
  readonly label: string;
}

/** BINARY.SIZE[…]. */
export interface SizeItem {
  readonly kind: 'binary-size';
  readonly path: string;
  readonly label: string;
}

export type SimpleKind =
  | 'flags'
  | 'uid'
  | 'internaldate'
  | 'size'
  | 'envelope'
  | 'body'
  | 'bodystructure'
  | 'modseq'
  | 'emailid'
  | 'threadid'
  | 'savedate'
  | 'preview';
export type FetchItem = { readonly kind: SimpleKind } | SectionItem | SizeItem;

const SIMPLE: Readonly<Record<string, SimpleKind>> = {
  FLAGS: 'flags',
  UID: 'uid',
  INTERNALDATE: 'internaldate',
  'RFC822.SIZE': 'size',
  ENVELOPE: 'envelope',
  BODY: 'body',
  BODYSTRUCTURE: 'bodystructure',
  MODSEQ: 'modseq',
  EMAILID: 'emailid',
  THREADID: 'threadid',
  SAVEDATE: 'savedate',
  PREVIEW: 'preview',
};
const OLD: Readonly<Record<string, Pick<SectionItem, 'path' | 'peek'>>> = {
  RFC822: { path: '', peek: false },
  'RFC822.HEADER': { path: 'HEADER', peek: true },
  'RFC822.TEXT': { path: 'TEXT', peek: false },
};
const MACROS: Readonly<Record<string, readonly SimpleKind[]>> = {
  FAST: ['flags', 'internaldate', 'size'],
  ALL: ['flags', 'internaldate', 'size', 'envelope'],
  FULL: ['flags', 'internaldate', 'size', 'envelope', 'body'],
};
const MAX_ITEMS = 500;
const NAME = /[A-Za-z0-9.]+/y;
const PATH = /(?:[1-9]\d{0,5}(?:\.[1-9]\d{0,5}){0,63})?/y;
const TEXT = /(?:HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME)/iy;

/** fetch-att, a list of them, or a macro (RFC 9051 §6.4.5). */
export function parseFetchItems(args: Arguments): readonly FetchItem[] {
  if (args.peek() === '(') {
    const items = args.list(() => itemNamed(args, nameOf(args)));
    return items.length <= MAX_ITEMS ? items : args.fail('fewer FETCH items');
  }
  const name = nameOf(args);
  const macro = MACROS[name];
  return macro ? macro.map((kind) => ({ kind })) : [itemNamed(args, name)];
}

function nameOf(args: Arguments): string {
  return args.match(NAME)?.toUpperCase() ?? args.fail('a FETCH item');
}

function itemNamed(args: Arguments, name: string): FetchItem {
  if (args.peek() === '[') return bracketed(args, name);
  const simple = SIMPLE[name];
  if (simple) {
    // RFC 8970 §3.2: LAZY says that it may be left out; what is ready is as cheap
    if (simple === 'preview' && args.ahead(6).toUpperCase() === ' (LAZY') args.expect(' (LAZY)');
    return { kind: simple };
  }
  const old = OLD[name];
  if (old) return { kind: 'section', not: false, partial: null, label: name, ...old };
  return args.fail('a FETCH item');
}

function bracketed(args: Arguments, name: string): FetchItem {
  switch (name) {
    case 'BODY':
    case 'BODY.PEEK':
      return parseSection(args, name === 'BODY.PEEK');
    case 'BINARY':
    case 'BINARY.PEEK':
      return parseBinary(args, name === 'BINARY.PEEK');
    case 'BINARY.SIZE': {
      const path = parsePath(args);
      return { kind: 'binary-size', path, label: `BINARY.SIZE[${path}]` };
    }
    default:
      return args.fail('a FETCH item');
  }
}

/** `[1.2]` (RFC 3516 §7, section-binary). */
function parsePath(args: Arguments): string {
  args.expect('[');
  const path = args.match(PATH) ?? '';
  args.expect(']');
  return path;
}

function parseBinary(args: Arguments, peek: boolean): SectionItem {
  const path = parsePath(args);
  const partial = args.skip('<') ? parsePartial(args) : null;
  return { kind: 'binary', path, not: false, peek, partial, label: labelOf(`BINARY[${path}]`, partial) };
}

function parseSection(args: Arguments, peek: boolean): SectionItem {
  args.expect('[');
  const name = parseSectionName(args);
  args.expect(']');
  const partial = args.skip('<') ? parsePartial(args) : null;
  return { kind: 'section', ...name, peek, partial, label: labelOf(`BODY[${sectionLabel(name)}]`, partial) };
}

function labelOf(label: string, partial: PartialOctets | null): string {
  return partial ? `${label}<${String(partial.start)}>` : label;
}

/** section-spec (RFC 9051 §9): what stands between the brackets. */
export function parseSectionName(args: Arguments): SectionName {
  const numbers = args.match(PATH) ?? '';
  const text = numbers === '' || args.skip('.') ? (args.match(TEXT)?.toUpperCase() ?? '') : '';
  if (text === 'MIME' && numbers === '') args.fail('a part number in front of MIME');
  if (!text.startsWith('HEADER.FIELDS')) return { path: joined(numbers, text), not: false };
  args.space();
  const fields = args.list(() => args.astring());
  if (fields.length === 0) args.fail('a header field name');
  return { path: joined(numbers, 'HEADER'), fields, not: text.endsWith('.NOT') };
}

function joined(numbers: string, text: string): string {
  return numbers !== '' && text !== '' ? `${numbers}.${text}` : numbers + text;
}

function sectionLabel({ path, fields, not }: SectionName): string {
  if (!fields) return path;
  return `${path}.FIELDS${not ? '.NOT' : ''} (${fields.map(fieldName).join(' ')})`;
}

function parsePartial(args: Arguments): PartialOctets {
  const start = args.number();
  args.expect('.');
  const count = args.number();
  args.expect('>');
  return count > 0 ? { start, count } : args.fail('a count above 0');
}

function fieldName(name: string): string {
  if (/^[!-~]+$/.test(name) && !/[(){%*"\\\]]/.test(name)) return name;
  const quoted = formatString(name);
  return typeof quoted === 'string' ? quoted : '""';
}
