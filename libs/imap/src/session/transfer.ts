import { decodeTransfer } from '@postroad/message';

/** Content-Transfer-Encodings that say how octets were packed, and those that pack nothing (RFC 2045 §6). */
const IDENTITY = new Set(['7bit', '8bit', 'binary', '']);
/** A line of quoted-printable that is longer is cut where nothing is split. */
const LONG_LINE = 16 << 10;

export function isDecodable(encoding: string): boolean {
  return IDENTITY.has(encoding) || encoding === 'base64' || encoding === 'quoted-printable';
}

/** Octets of a part without its encoding, as they come; the same octets as if decoded at once. */
export async function* decodeStream(content: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  if (IDENTITY.has(encoding)) {
    yield* content;
    return;
  }
  const splitAt = encoding === 'base64' ? base64End : quotedPrintableEnd;
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of content) {
    const all = held.length > 0 ? Buffer.concat([held, chunk]) : Buffer.from(chunk);
    const end = splitAt(all);
    const decoded = decodeTransfer(all.subarray(0, end), encoding);
    held = Buffer.from(all.subarray(end));
    if (decoded.length > 0) yield decoded;
  }
  const rest = decodeTransfer(held, encoding);
  if (rest.length > 0) yield rest;
}

/** Where whole groups of four end, counted from the last padding: padding begins a new run (joined encodings). */
function base64End(octets: Buffer): number {
  const start = octets.lastIndexOf(0x3d) + 1;
  let digits = 0;
  let end = start;
  for (let i = start; i < octets.length; i++) {
    if (isBase64(octets[i] ?? 0) && ++digits % 4 === 0) end = i + 1;
  }
  return end;
}

function isBase64(octet: number): boolean {
  if (octet >= 0x61 && octet <= 0x7a) return true;
  return (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x2f && octet <= 0x39) || octet === 0x2b;
}

/**
 * Behind the last line that is not continued; where there is none for long, in front of what may be an escape or blanks at a
 * line's end.
 */
function quotedPrintableEnd(octets: Buffer): number {
  let end = octets.lastIndexOf(10) + 1;
  while (end > 0 && isContinued(octets, end)) end = octets.subarray(0, end - 1).lastIndexOf(10) + 1;
  if (octets.length - end < LONG_LINE) return end;
  for (let at = octets.length - 3; at > end; at--) {
    const isSafe = !isBlank(octets[at - 1]) && !octets.subarray(at - 2, at).includes(0x3d);
    if (isSafe && octets[at] !== 10) return at;
  }
  return octets.length;
}

/** Whether the line that ends in front of `end` has a soft break (RFC 2045 §6.7, rule 5). */
function isContinued(octets: Buffer, end: number): boolean {
  let at = end - 2;
  while (at >= 0 && isBlank(octets[at])) at--;
  return octets[at] === 0x3d;
}

function isBlank(octet: number | undefined): boolean {
  return octet === 32 || octet === 9 || octet === 13;
}
