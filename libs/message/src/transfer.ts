/** Value of a hex digit's octet, or -1. */
function hex(octet: number | undefined): number {
  if (octet === undefined) return -1;
  if (octet >= 48 && octet <= 57) return octet - 48;
  const letter = octet | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Quoted-printable (RFC 2045 §6.7), tolerant: what is no escape stays; with `q`, the variant of RFC 2047 §4.2 (`_`). */
export function decodeQuotedPrintable(bytes: Buffer, q = false): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  let n = 0;
  for (let i = 0; i < bytes.length; i++) {
    const octet = bytes[i]!;
    if (octet === 61) {
      const high = hex(bytes[i + 1]);
      const low = hex(bytes[i + 2]);
      if (high >= 0 && low >= 0) {
        out[n++] = (high << 4) | low;
        i += 2;
        continue;
      }
      const soft = q ? -1 : softBreak(bytes, i + 1);
      if (soft >= 0) {
        i = soft;
        continue;
      }
    }
    // Blanks at a line's end were added on the way (rule 3).
    if (octet === 10 && !q) {
      const cr = n > 0 && out[n - 1] === 13;
      if (cr) n--;
      while (n > 0 && (out[n - 1] === 32 || out[n - 1] === 9)) n--;
      if (cr) out[n++] = 13;
    }
    out[n++] = q && octet === 95 ? 32 : octet;
  }
  return out.subarray(0, n);
}

/** Index of the line feed of a soft line break starting after `=`, or -1. */
function softBreak(bytes: Buffer, from: number): number {
  // Bounded: padding longer than a line is not padding, and the scan must stay linear.
  const limit = Math.min(bytes.length, from + 80);
  let i = from;
  while (i < limit && (bytes[i] === 32 || bytes[i] === 9 || bytes[i] === 13)) i++;
  if (i === bytes.length) return i;
  return bytes[i] === 10 ? i : -1;
}

/** Base64 (RFC 2045 §6.8), tolerant of foreign characters and of padding in the middle (joined encodings). */
export function decodeBase64(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, '');
  if (!/=[^=]/.test(text)) return Buffer.from(text, 'base64');
  return Buffer.concat((text.match(/[^=]+/g) ?? []).map((run) => Buffer.from(run, 'base64')));
}

/** Bytes of a body by its Content-Transfer-Encoding (RFC 2045 §6); an unknown one is taken as identity. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return decodeBase64(bytes);
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(bytes);
  return bytes;
}
