import type { Typed } from './types.ts';

// eslint-disable-next-line no-control-regex
const NON_ASCII = /[^\x00-\x7f]/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/g;

/** Characters that `\x{…}` must stand for in a utf-8 address (RFC 6533 §3): all beyond ASCII too, in the ASCII form. */
// eslint-disable-next-line no-control-regex
const ESCAPE_UTF8 = /[\x00-\x20+=\\\x7f]/g;
// eslint-disable-next-line no-control-regex
const ESCAPE_ASCII = /[\x00-\x20+=\\\x7f]|[^\x00-\x7f]/gu;

const embedded = (character: string) => `\\x{${character.codePointAt(0)!.toString(16).toUpperCase()}}`;

/** An address as Final-Recipient and Original-Recipient hold it (RFC 3464 §2.3.1, RFC 6533 §3). */
export function typedAddress(type: string, address: string, utf8: boolean): string {
  if (!NON_ASCII.test(address) && type.toLowerCase() !== 'utf-8')
    return `${oneLine(type, false)}; ${oneLine(address, false)}`;
  return `utf-8; ${address.replace(utf8 ? ESCAPE_UTF8 : ESCAPE_ASCII, embedded)}`;
}

/** Text from elsewhere made fit for one line: control characters become blanks, and without `utf8` the rest ASCII. */
export function oneLine(text: string, utf8: boolean): string {
  const line = text.replace(CONTROL, ' ').trim();
  return utf8 ? line.toWellFormed() : line.replace(/[^\x20-\x7e]/gu, embedded);
}

/** Reads `type; value`; a value without type is of the type given. Null when empty. */
export function readTyped(text: string | undefined, otherwise: string): Typed | null {
  const line = text?.trim();
  if (!line) return null;
  const match = /^([A-Za-z0-9-]{1,40})\s*;/.exec(line);
  const type = match ? match[1]!.toLowerCase() : otherwise;
  const value = line.slice(match?.[0].length ?? 0).trim();
  if (type !== 'utf-8') return { type, value };
  const decoded = value.replace(/\\x\{([0-9A-Fa-f]{1,6})\}/g, (whole, hex: string) => {
    const code = parseInt(hex, 16);
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? whole : String.fromCodePoint(code);
  });
  return { type, value: decoded };
}
