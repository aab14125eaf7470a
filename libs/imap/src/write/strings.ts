/** An atom, quoted string or literal for the wire, whichever the text needs (RFC 3501 §4.3); text outside ASCII goes as UTF-8. */
export function formatString(text: string): string | Buffer {
  // eslint-disable-next-line no-control-regex
  if (text.length <= 1000 && /^[\x01-\x09\x0b\x0c\x0e-\x7f]*$/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  const octets = Buffer.from(text.replaceAll('\0', ''), 'utf8');
  return Buffer.concat([Buffer.from(`{${String(octets.length)}}\r\n`), octets]);
}

export function formatNString(text: string | null): string | Buffer {
  return text === null ? 'NIL' : formatString(text);
}

/** Pieces of a response, joined when they are sent. */
export type Piece = string | Uint8Array;

export function joinPieces(pieces: readonly Piece[]): Buffer {
  if (pieces.every((piece) => typeof piece === 'string')) return Buffer.from(pieces.join(''), 'utf8');
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece)));
}
