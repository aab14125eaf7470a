import { encodeWords } from './encoded-word.ts';
import { type AddressItem, type Mailbox, MessageError } from './types.ts';

const SOFT = 78;
const HARD = 998;
const NON_ASCII = /[^\x20-\x7e\t]/;
const ATOM_WORDS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$/;
const DOT_ATOM = /^[^\s"(),:;<>@[\]\\.]+(\.[^\s"(),:;<>@[\]\\.]+)*$/;

/** How a field is written. */
export interface FieldOptions {
  /** Leave UTF-8 as it is (RFC 6532) instead of encoded words (RFC 2047). */
  readonly utf8?: boolean;
}

function refuse(message: string): never {
  throw new MessageError('HEADER_FIELD_INVALID', 0, message);
}

function checkName(name: string): void {
  if (!/^[\x21-\x39\x3b-\x7e]{1,76}$/.test(name)) refuse('not a header field name');
}

/** Nothing that ends a line, or a C string, gets into a header (RFC 5322 §2.2). */
function checkText(text: string): void {
  if (/[\r\n\0]/.test(text)) refuse('CR, LF or NUL in a header field');
}

/** `name: body` folded at blanks to 78 octets where there are blanks (RFC 5322 §2.1.1, §2.2.3), with its CRLF. */
function fold(name: string, body: string): string {
  const out: string[] = [];
  let line = `${name}:`;
  let first = true;
  for (const piece of ` ${body}`.match(/[ \t]+[^ \t]+/g) ?? []) {
    if (!first && Buffer.byteLength(line + piece) > SOFT) {
      out.push(line);
      line = piece;
    } else line += piece;
    first = false;
  }
  out.push(line);
  for (const each of out) if (Buffer.byteLength(each) > HARD) refuse('a header line would be longer than 998 octets');
  return `${out.join('\r\n')}\r\n`;
}

/** Unstructured text with every stretch of words that needs it as encoded words. */
function encodeText(text: string, utf8: boolean): string {
  const words = text.split(' ');
  const needs = words.map(
    (word) =>
      (utf8 ? /[^\x20-\x7e\t\u0080-\uffff]/ : NON_ASCII).test(word) ||
      word.includes('=?') ||
      Buffer.byteLength(word) > HARD - 80,
  );
  const first = needs.indexOf(true);
  if (first < 0) return text;
  const last = needs.lastIndexOf(true);
  const encoded = encodeWords(words.slice(first, last + 1).join(' '));
  return [...words.slice(0, first), encoded, ...words.slice(last + 1)].join(' ');
}

/**
 * An unstructured field such as Subject (RFC 5322 §2.2.1), folded, ended by CRLF.
 * @throws MessageError HEADER_FIELD_INVALID on CR, LF, NUL or a bad name
 */
export function encodeField(name: string, text: string, options: FieldOptions = {}): string {
  checkName(name);
  checkText(text);
  return fold(name, encodeText(text.trim(), options.utf8 ?? false));
}

/**
 * A structured field whose body is already in wire form (RFC 5322 §2.2.2): folded at blanks, nothing encoded.
 * @throws MessageError HEADER_FIELD_INVALID on CR, LF, NUL, a bad name, or 8-bit text without `utf8`
 */
export function encodeStructuredField(name: string, body: string, options: FieldOptions = {}): string {
  checkName(name);
  checkText(body);
  if (!options.utf8 && NON_ASCII.test(body)) refuse('a structured field must be ASCII');
  return fold(name, body.trim());
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function writePhrase(text: string, utf8: boolean): string {
  checkText(text);
  if (NON_ASCII.test(text) && !utf8) return encodeWords(text);
  return ATOM_WORDS.test(text) && !text.includes('=?') && text.trim() === text && !text.includes('  ')
    ? text
    : quote(text);
}

function writeMailbox(box: Mailbox, utf8: boolean): string {
  if (/[\s<>,;:"()\\@]/.test(box.domain.replace(/^\[[^\]]*\]$/, ''))) refuse('not a domain');
  const local = DOT_ATOM.test(box.localPart) ? box.localPart : quote(box.localPart);
  const spec = box.domain === '' ? local : `${local}@${box.domain}`;
  if (NON_ASCII.test(spec) && !utf8) refuse('a UTF-8 address needs a UTF-8 message (RFC 6532)');
  return box.name === null ? spec : `${writePhrase(box.name, utf8)} <${spec}>`;
}

/**
 * An address field (RFC 5322 §3.4); names are plain text and get encoded where needed, groups are kept.
 * @throws MessageError HEADER_FIELD_INVALID on CR, LF, NUL, or an address that cannot be written
 */
export function encodeAddressField(name: string, items: readonly AddressItem[], options: FieldOptions = {}): string {
  const utf8 = options.utf8 ?? false;
  checkName(name);
  const written = items.map((item) => {
    if (item.kind === 'mailbox') return writeMailbox(item, utf8);
    return `${writePhrase(item.name, utf8)}: ${item.members.map((member) => writeMailbox(member, utf8)).join(', ')};`;
  });
  const body = written.join(', ');
  checkText(body);
  return fold(name, body);
}
