import { decodeCharset } from './charset.ts';
import { decodeWords } from './encoded-word.ts';
import type { Params } from './types.ts';

const MAX_PARAMS = 100;
const NAME = /[^\s;="()<>@,:\\/[\]?]{1,127}/y;

function skipBlanks(text: string, start: number): number {
  let pos = start;
  while (pos < text.length && /\s/.test(text[pos]!)) pos++;
  return pos;
}

function quotedValue(text: string, start: number): { value: string; end: number } {
  let value = '';
  let from = start + 1;
  let i = from;
  for (; i < text.length && text[i] !== '"'; i++) {
    if (text[i] !== '\\') continue;
    value += text.slice(from, i);
    from = ++i;
  }
  return { value: value + text.slice(from, Math.min(i, text.length)), end: i + 1 };
}

function skipComment(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '(') depth++;
    else if (c === ')' && --depth === 0) return i + 1;
  }
  return text.length;
}

/** An unquoted value. File names with blanks are sent without quotes by many: those reach to the semicolon. */
function bareValue(text: string, start: number, name: string): { value: string; end: number } {
  const wide = name === 'name' || name === 'filename';
  let end = start;
  while (end < text.length && text[end] !== ';' && (wide || !/[\s(]/.test(text[end]!))) end++;
  return { value: text.slice(start, end).trim(), end };
}

/**
 * Parameters of a Content-Type or Content-Disposition from `start` on (RFC 2045 §5.1), names in lower case, values as they
 * stand on the wire (RFC 2231 pieces keep their `*`). Tolerant: missing semicolons, comments, an unclosed quote.
 */
export function parameterised(text: string, start: number): Params {
  const params: Record<string, string> = {};
  let count = 0;
  let pos = start;
  while (pos < text.length && count < MAX_PARAMS) {
    if (text[pos] === '(') {
      pos = skipComment(text, pos);
      continue;
    }
    NAME.lastIndex = pos;
    const match = NAME.exec(text);
    if (!match) {
      pos++;
      continue;
    }
    const name = match[0].toLowerCase();
    pos = skipBlanks(text, pos + name.length);
    if (text[pos] !== '=') continue;
    pos = skipBlanks(text, pos + 1);
    const { value, end } = text[pos] === '"' ? quotedValue(text, pos) : bareValue(text, pos, name);
    pos = end;
    if (name !== '__proto__' && !Object.hasOwn(params, name)) {
      params[name] = value;
      count++;
    }
  }
  return params;
}

/** Pieces `name*0`, `name*1*` … in order (RFC 2231 §3). */
function pieces(params: Params, name: string): { text: string; encoded: boolean }[] {
  const found: { text: string; encoded: boolean }[] = [];
  for (let i = 0; i < MAX_PARAMS; i++) {
    const plain = params[`${name}*${i}`];
    const encoded = params[`${name}*${i}*`];
    if (plain === undefined && encoded === undefined) break;
    found.push({ text: encoded ?? plain!, encoded: encoded !== undefined });
  }
  return found;
}

function percentDecode(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (!text.includes('%')) return bytes;
  let n = 0;
  for (let i = 0; i < bytes.length; i++) {
    const pair = bytes[i] === 37 ? bytes.toString('latin1', i + 1, i + 3) : '';
    if (/^[0-9A-Fa-f]{2}$/.test(pair)) {
      bytes[n++] = parseInt(pair, 16);
      i += 2;
    } else bytes[n++] = bytes[i]!;
  }
  return bytes.subarray(0, n);
}

/** A parameter's value for people: RFC 2231 joined and decoded, else encoded words decoded (forbidden and common). */
export function paramValue(params: Params, name: string): string | undefined {
  const key = name.toLowerCase();
  const whole = params[`${key}*`];
  const list = whole === undefined ? pieces(params, key) : [{ text: whole, encoded: true }];
  const first = list[0];
  if (!first) {
    const plain = Object.hasOwn(params, key) ? params[key] : undefined;
    return plain === undefined ? undefined : decodeWords(plain);
  }
  const head = first.encoded ? /^([^']*)'[^']*'/.exec(first.text) : null;
  const chunks = list.map(({ text, encoded }, i) => {
    const body = i === 0 && head ? text.slice(head[0].length) : text;
    return encoded ? percentDecode(body) : Buffer.from(body);
  });
  return decodeCharset(Buffer.concat(chunks), head?.[1] ?? '');
}
