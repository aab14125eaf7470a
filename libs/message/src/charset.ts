import { isAscii, isUtf8 } from 'node:buffer';

const decoders = new Map<string, TextDecoder | null>();

/** Labels of RFC 2045 mail that the WHATWG list does not know, or that mean a superset in practice. */
const ALIASES: Record<string, string> = { ascii: 'windows-1252', 'utf-8-mac': 'utf-8', cp1252: 'windows-1252' };

function decoderFor(label: string): TextDecoder | null {
  const key = label.toLowerCase();
  const known = decoders.get(key);
  if (known !== undefined) return known;
  let decoder: TextDecoder | null = null;
  try {
    decoder = new TextDecoder(ALIASES[key] ?? key);
  } catch {
    // An unknown label is ordinary in mail: the caller guesses.
  }
  // Labels come from the network: the cache must not grow with them.
  if (decoders.size < 256) decoders.set(key, decoder);
  return decoder;
}

/** Bytes of unknown charset as text: UTF-8 when valid, else windows-1252 (which maps every octet). */
export function guessText(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return decoderFor('windows-1252')!.decode(bytes);
}

/** UTF-7 (RFC 2152), which the platform does not know and old mail uses. */
function decodeUtf7(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/\+([A-Za-z0-9+/]*)-?/g, (_, run: string) => {
    if (run === '') return '+';
    const units = Buffer.from(run, 'base64');
    return units
      .subarray(0, units.length & ~1)
      .swap16()
      .toString('utf16le');
  });
}

/** Bytes as text by a MIME charset name (RFC 2046 §4.1.2); an unknown name is guessed. Never throws. */
export function decodeCharset(bytes: Buffer, charset: string): string {
  const label = charset.trim();
  if (label === '' || /^(us-ascii|unknown|x-unknown|default)/i.test(label)) return guessText(bytes);
  if (/^(unicode-1-1-)?utf-7$/i.test(label)) return decodeUtf7(bytes);
  return decoderFor(label)?.decode(bytes) ?? guessText(bytes);
}
