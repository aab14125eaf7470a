import { decodeCharset } from './charset.ts';
import { decodeBase64, decodeQuotedPrintable } from './transfer.ts';

const WORD = /=\?([^?\s]{1,64})\?([bBqQ])\?([^?\r\n]*)\?=/g;
const MAX_WORD = 75;

interface Run {
  readonly charset: string;
  readonly chunks: Buffer[];
}

/**
 * Text with its encoded words decoded (RFC 2047 §6, RFC 2231 §5 language suffix). Blanks between two words vanish; bytes of
 * neighbours in one charset are joined first, since senders cut characters in two. Never throws.
 */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  let out = '';
  let end = 0;
  const open: { run: Run | null } = { run: null };
  const flush = () => {
    if (open.run) out += decodeCharset(Buffer.concat(open.run.chunks), open.run.charset);
    open.run = null;
  };
  for (const match of text.matchAll(WORD)) {
    const between = text.slice(end, match.index);
    const charset = match[1]!.split('*', 1)[0]!.toLowerCase();
    const raw = Buffer.from(match[3]!, 'latin1');
    const bytes = match[2]!.toLowerCase() === 'b' ? decodeBase64(raw) : decodeQuotedPrintable(raw, true);
    const current = open.run;
    if (current && between.trim() === '' && current.charset === charset) current.chunks.push(bytes);
    else {
      const joined = current !== null && between.trim() === '';
      flush();
      if (!joined) out += between;
      open.run = { charset, chunks: [bytes] };
    }
    end = match.index + match[0].length;
  }
  flush();
  return out + text.slice(end);
}

/** Text as encoded words of UTF-8, one space apart, each at most 75 characters and whole characters (RFC 2047 §2, §5). */
export function encodeWords(text: string): string {
  const plain = Buffer.from(text);
  let special = 0;
  for (const octet of plain) if (!isQSafe(octet) && octet !== 32) special++;
  const q = special * 3 <= plain.length;
  const room = MAX_WORD - '=?UTF-8?Q??='.length;
  const words: string[] = [];
  let word = '';
  let bytes = 0;
  for (const character of text) {
    const encoded = q ? encodeQ(character) : character;
    const size = q ? encoded.length : Buffer.byteLength(character);
    if (word !== '' && (q ? bytes + size > room : Math.ceil((bytes + size) / 3) * 4 > room)) {
      words.push(word);
      word = '';
      bytes = 0;
    }
    word += encoded;
    bytes += size;
  }
  if (word !== '') words.push(word);
  return words.map((w) => (q ? `=?UTF-8?Q?${w}?=` : `=?UTF-8?B?${Buffer.from(w).toString('base64')}?=`)).join(' ');
}

/** Safe in every place an encoded word may stand, phrases included (RFC 2047 §5 rule 3). */
function isQSafe(octet: number): boolean {
  return (
    (octet >= 48 && octet <= 57) ||
    (octet >= 65 && octet <= 90) ||
    (octet >= 97 && octet <= 122) ||
    octet === 33 ||
    octet === 42 ||
    octet === 43 ||
    octet === 45 ||
    octet === 47
  );
}

function encodeQ(character: string): string {
  if (character === ' ') return '_';
  let out = '';
  for (const octet of Buffer.from(character))
    out += isQSafe(octet) ? String.fromCharCode(octet) : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  return out;
}
