import type { Notify } from '@postroad/mail';
import { decodeXtext, encodeXtext } from '../xtext.ts';
import { parameter } from './spec.ts';

/** RET (RFC 3461 §4.3). */
export const ret = parameter({
  keyword: 'RET',
  command: 'MAIL',
  extension: 'DSN',
  name: 'ret',
  parse: (value): 'FULL' | 'HDRS' | undefined => {
    const word = value?.toUpperCase();
    return word === 'FULL' || word === 'HDRS' ? word : undefined;
  },
  format: (value) => value,
});

/** ENVID (RFC 3461 §4.4): xtext of printable ASCII, at most 100 characters as written. */
export const envid = parameter({
  keyword: 'ENVID',
  command: 'MAIL',
  extension: 'DSN',
  name: 'envelopeId',
  parse: (value) =>
    value === undefined || value.length === 0 || value.length > 100 ? undefined : (decodeXtext(value) ?? undefined),
  format: (value: string) => encodeXtext(value),
});

const NOTIFY: readonly Notify[] = ['SUCCESS', 'FAILURE', 'DELAY'];

/** NOTIFY (RFC 3461 §4.1): NEVER alone, or a list of the others, each once. */
export const notify = parameter({
  keyword: 'NOTIFY',
  command: 'RCPT',
  extension: 'DSN',
  name: 'notify',
  parse: (value): readonly Notify[] | undefined => {
    if (value === undefined || value.length > 28) return undefined;
    const words = value.toUpperCase().split(',');
    if (words.length === 1 && words[0] === 'NEVER') return ['NEVER'];
    const known = NOTIFY.filter((word) => words.includes(word));
    return known.length === words.length ? known : undefined;
  },
  format: (words) => words.join(','),
});

/** `addr-type` is an atom (RFC 3461 §4.2). */
const ADDR_TYPE = /^[A-Za-z0-9!#$%&'*+/?^_`{|}~-]{1,64}$/;
/** `QUCHAR`, `QCHAR` and `EmbeddedUnicodeChar` of the utf-8-addr-xtext and utf-8-addr-unitext (RFC 6533 §3). */
const UTF8_ADDR = /^(?:[!-*,-<>-[\]-~\u0080-\u{10ffff}]|\\x\{[0-9A-F]{2,6}\})+$/u;

/** ORCPT (RFC 3461 §4.2): `addr-type ";" xtext`, at most 500 characters as written; the type `utf-8` has the encoding of RFC 6533 §3. */
export const orcpt = parameter({
  keyword: 'ORCPT',
  command: 'RCPT',
  extension: 'DSN',
  name: 'originalRecipient',
  parse: (value): { type: string; address: string } | undefined => {
    if (value === undefined || value.length > 500) return undefined;
    const semicolon = value.indexOf(';');
    const type = value.slice(0, semicolon).toLowerCase();
    const written = value.slice(semicolon + 1);
    if (semicolon < 1 || written === '' || !ADDR_TYPE.test(type)) return undefined;
    const address = type === 'utf-8' ? decodeUtf8Address(written) : decodeXtext(written);
    return address === null ? undefined : { type, address };
  },
  format: ({ type, address }) => `${type};${type === 'utf-8' ? encodeUtf8Address(address) : encodeXtext(address)}`,
});

function decodeUtf8Address(text: string): string | null {
  if (!UTF8_ADDR.test(text)) return null;
  let sound = true;
  const decoded = text.replace(/\\x\{([0-9A-F]+)\}/g, (_, hex: string) => {
    const point = parseInt(hex, 16);
    sound &&=
      point >= 0x20 && point <= 0x10ffff && !(point >= 0x7f && point <= 0x9f) && !(point >= 0xd800 && point <= 0xdfff);
    return sound ? String.fromCodePoint(point) : '';
  });
  return sound ? decoded : null;
}

/** The 7-bit form (utf-8-addr-xtext), good with and without SMTPUTF8. */
function encodeUtf8Address(address: string): string {
  return address.replace(/[^!-~]|[+=\\]/gu, (c) => {
    const hex = (c.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return `\\x{${hex.padStart(2, '0')}}`;
  });
}
