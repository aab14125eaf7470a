/** `atext` of RFC 5322 §3.2.3, and every non-ASCII character (RFC 6531 §3.3). */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\-\\u0080-\\u{10ffff}-]";
const DOT_STRING = new RegExp(`^${ATOM}+(?:\\.${ATOM}+)*$`, 'u');
/** Invisible or line-breaking characters that no mailbox needs and that forge logs and headers: C1, line separators, bidi controls, BOM. */
const UNSAFE = /[\u0080-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|\p{Cs}/u;

/** Whether a local part can be written without quotes (`Dot-string`, RFC 5321 §4.1.2). */
function isDotString(localPart: string): boolean {
  return DOT_STRING.test(localPart) && !UNSAFE.test(localPart);
}

/**
 * Reads a local part at the start of `text` up to the `@` that ends it. Gives the characters it stands for and how many
 * were read; null when it is neither a Dot-string nor a Quoted-string (RFC 5321 §4.1.2).
 */
export function readLocalPart(text: string): { localPart: string; length: number } | null {
  if (text.charCodeAt(0) === 0x22) return readQuoted(text);
  const at = text.indexOf('@');
  const end = at < 0 ? text.length : at;
  const localPart = text.slice(0, end);
  return isDotString(localPart) ? { localPart, length: end } : null;
}

/** `Quoted-string = DQUOTE *QcontentSMTP DQUOTE`: printable ASCII, space, UTF-8; backslash quotes printable ASCII and space. */
function readQuoted(text: string): { localPart: string; length: number } | null {
  let localPart = '';
  for (let i = 1; i < text.length; i++) {
    let c = text.charCodeAt(i);
    if (c === 0x22) return localPart === '' || UNSAFE.test(localPart) ? null : { localPart, length: i + 1 };
    if (c === 0x5c) {
      c = text.charCodeAt(++i);
      if (!(c >= 0x20 && c < 0x7f)) return null;
    }
    if (c < 0x20 || c === 0x7f) return null;
    localPart += text.charAt(i);
  }
  return null;
}

/** The shortest spelling: as it is when it can be, quoted when it must (RFC 5321 §4.1.2, “SHOULD avoid … Quoted-string form”). */
export function formatLocalPart(localPart: string): string {
  return isDotString(localPart) ? localPart : `"${localPart.replace(/["\\]/g, '\\$&')}"`;
}
