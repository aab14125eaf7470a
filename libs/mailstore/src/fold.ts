/** Ends a unit of searched text (a header line, a part): taken out of all texts, so that no match reaches over it. */
export const UNIT_END = '\u0001';

/** Hangul syllables stay whole, as RFC 5051 has it: a syllable is not a prefix of another. */
// eslint-disable-next-line no-control-regex
const DECOMPOSED = /[^\x00-\x7f\uac00-\ud7a3]+/g;
// eslint-disable-next-line no-control-regex
const REMOVED = /[\0\x01]/g;
// eslint-disable-next-line no-control-regex
const ASCII = /^[\x02-\x7f]*$/;

/**
 * The form in which texts compare (i;unicode-casemap, RFC 5051 §2): decomposed, without regard to case. Search in the folded text
 * for the folded text. NUL and {@link UNIT_END} are removed; unpaired surrogates become U+FFFD.
 */
export function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const whole = text.toWellFormed().normalize('NFC').replace(REMOVED, '');
  // a final sigma is the same letter (title case has one only)
  return whole
    .replace(DECOMPOSED, (run) => run.normalize('NFKD'))
    .toLowerCase()
    .replaceAll('ς', 'σ');
}
