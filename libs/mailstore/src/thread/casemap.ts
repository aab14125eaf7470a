/** Letters whose titlecase (UnicodeData, simple mapping) is not what upper case of one code point gives. */
const TITLE = new Map<number, number>([
  ...[0x1c4, 0x1c7, 0x1ca, 0x1f1].flatMap((upper): [number, number][] => [
    [upper, upper + 1],
    [upper + 1, upper + 1],
    [upper + 2, upper + 1],
  ]),
  ...[0x1fb3, 0x1fc3, 0x1ff3].map((small): [number, number] => [small, small + 9]),
  ...[0x1f80, 0x1f90, 0x1fa0].flatMap((row) =>
    Array.from({ length: 8 }, (_, i): [number, number] => [row + i, row + i + 8]),
  ),
]);

/**
 * Text in the form in which i;unicode-casemap compares (RFC 5051 §2): each code point in titlecase, then decomposed. Two texts
 * are equal under it exactly when the results are; their order is that of {@link compareCodePoints}.
 */
export function unicodeCasemap(text: string): string {
  // most texts: nothing decomposes, and upper case is titlecase
  // eslint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return text.toUpperCase();
  let out = '';
  for (const character of text) out += titlecase(character);
  return out.normalize('NFKD');
}

function titlecase(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const special = TITLE.get(code);
  if (special !== undefined) return String.fromCodePoint(special);
  // Georgian small letters have an upper case, but are their own titlecase
  if (code >= 0x10d0 && code <= 0x10ff) return character;
  const upper = character.toUpperCase();
  // simple mappings keep the number of code points; a letter without one (ß) stays as it is
  return upper.length === character.length ? upper : character;
}

/** Order of two texts by code points, which is that of their UTF-8 octets (RFC 5051 §2); string order of JavaScript differs above U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // surrogates stand for code points above all others
    const surrogates = Number(x >= 0xd800 && x < 0xe000) - Number(y >= 0xd800 && y < 0xe000);
    return surrogates !== 0 ? surrogates : x - y;
  }
  return a.length - b.length;
}
