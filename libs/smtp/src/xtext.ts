/** xtext (RFC 3461 §4): `+` and two upper-case hexadecimal digits stand for an octet; `+` and `=` never stand for themselves. */
const FORM = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/;
const HEX = /\+([0-9A-F]{2})/g;

/**
 * Decodes xtext; null when it is malformed. Octets above 127 are refused (xtext stands for ASCII, RFC 6533 §3 has
 * another encoding), and so are control characters: what is decoded ends in headers and logs.
 */
export function decodeXtext(text: string): string | null {
  if (!FORM.test(text)) return null;
  if (!text.includes('+')) return text;
  const decoded = text.replace(HEX, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return /^[ -~]*$/.test(decoded) ? decoded : null;
}

/** Encodes printable ASCII and spaces as xtext. Throws RangeError on anything else. */
export function encodeXtext(text: string): string {
  if (!/^[ -~]*$/.test(text)) throw new RangeError('xtext stands for printable ASCII only');
  return text.replace(/[+= ]/g, (c) => `+${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
