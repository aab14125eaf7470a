import { formatString } from '../write/strings.ts';
import type { Arguments } from './arguments.ts';

/** A part of the message asked for with BODY[…] or one of its old names. */
export interface SectionItem {
  readonly kind: 'section';
  /** As `sectionRange` of @postroad/message takes it; empty for all of the message. */
  readonly path: string;
  /** Of a HEADER section: the fields to keep, or with `not` to leave out. */
  readonly fields?: readonly string[];
  readonly not: boolean;
  /** Whether it leaves `\Seen` alone. */
  readonly peek: boolean;
  readonly partial: { readonly start: number; readonly count: number } | null;
  /** How the response names it. */
  readonly label: string;
}

export type SimpleKind = 'flags' | 'uid' | 'internaldate' | 'size' | 'envelope' | 'body' | 'bodystructure' | 'modseq';
export type FetchItem = { readonly kind: SimpleKind } | SectionItem;

const SIMPLE: Readonly<Record<string, SimpleKind>> = {
  FLAGS: 'flags',
  UID: 'uid',
  INTERNALDATE: 'internaldate',
  'RFC822.SIZE': 'size',
  ENVELOPE: 'envelope',
  BODY: 'body',
  BODYSTRUCTURE: 'bodystructure',
  MODSEQ: 'modseq',
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
const NAME = /[A-Za-z0-9.]+/y;
const PATH = /(?:[1-9]\d{0,5}(?:\.[1-9]\d{0,5}){0,63})?/y;
const TEXT = /(?:HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME)/iy;

/** fetch-att, a list of them, or a macro (RFC 3501 §6.4.5). */
export function parseFetchItems(args: Arguments): readonly FetchItem[] {
  if (args.peek() === '(') return args.list(() => parseItem(args));
  const name = args.match(NAME)?.toUpperCase() ?? args.fail('a FETCH item');
  const macro = MACROS[name];
  return macro ? macro.map((kind) => ({ kind })) : [itemNamed(args, name)];
}

function parseItem(args: Arguments): FetchItem {
  return itemNamed(args, args.match(NAME)?.toUpperCase() ?? args.fail('a FETCH item'));
}

function itemNamed(args: Arguments, name: string): FetchItem {
  const bracket = args.peek() === '[';
  if (bracket && (name === 'BODY' || name === 'BODY.PEEK')) return parseSection(args, name === 'BODY.PEEK');
  const simple = SIMPLE[name];
  if (simple && !bracket) return { kind: simple };
  const old = OLD[name];
  if (old && !bracket) return { kind: 'section', not: false, partial: null, label: name, ...old };
  return args.fail('a FETCH item');
}

function parseSection(args: Arguments, peek: boolean): SectionItem {
  args.expect('[');
  const numbers = args.match(PATH) ?? '';
  const text = numbers === '' || args.skip('.') ? (args.match(TEXT)?.toUpperCase() ?? '') : '';
  if (text === 'MIME' && numbers === '') args.fail('a part number in front of MIME');
  let label = numbers + (numbers && text ? '.' : '') + text;
  let fields: string[] | undefined;
  if (text.startsWith('HEADER.FIELDS')) {
    args.space();
    fields = args.list(() => args.astring());
    if (fields.length === 0) args.fail('a header field name');
    label += ` (${fields.map(fieldName).join(' ')})`;
  }
  args.expect(']');
  const partial = args.skip('<') ? parsePartial(args) : null;
  return {
    kind: 'section',
    path: [numbers, fields ? 'HEADER' : text].filter((word) => word !== '').join('.'),
    ...(fields && { fields }),
    not: text.endsWith('.NOT'),
    peek,
    partial,
    label: `BODY[${label}]${partial ? `<${String(partial.start)}>` : ''}`,
  };
}

function parsePartial(args: Arguments): { start: number; count: number } {
  const start = args.number32();
  args.expect('.');
  const count = args.number32();
  args.expect('>');
  return count > 0 ? { start, count } : args.fail('a count above 0');
}

function fieldName(name: string): string {
  if (/^[!-~]+$/.test(name) && !/[(){%*"\\\]]/.test(name)) return name;
  const quoted = formatString(name);
  return typeof quoted === 'string' ? quoted : '""';
}
