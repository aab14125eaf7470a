import { type Address, canonicalLocalPart } from '@postroad/mail';

const ALPHABET = '0123456789abcdefghijklmnopqrstuv';

/** base32hex in lower case without padding: KV keys take neither '@' nor '+' nor UTF-8 (DESIGN §4). */
function encodeKey(text: string): string {
  let out = '';
  let held = 0;
  let bits = 0;
  for (const byte of Buffer.from(text, 'utf8')) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET.charAt((held >> bits) & 31);
    }
  }
  return bits > 0 ? out + ALPHABET.charAt((held << (5 - bits)) & 31) : out;
}

/** Keys of the bucket `directory`, by kind of record. */
export const keys = {
  domain: (name: string) => `dom.${encodeKey(name)}`,
  address: (canonical: string) => `addr.${encodeKey(canonical)}`,
  account: (id: string) => `acct.${id}`,
  alias: (id: string) => `alias.${id}`,
} as const;

/** The id in a key of an account's record; null for other keys. */
export const accountOf = (key: string): string | null => /^acct\.(.+)$/.exec(key)?.[1] ?? null;

/** `local@domain` with the local part in canonical form; for domains of ours only. */
export function canonical(address: Address): string {
  return `${canonicalLocalPart(address.localPart)}@${address.domain.toLowerCase()}`;
}

/** Splits `local@domain` at the last '@'; null when one side is missing. Used for addresses that people type. */
export function splitAddress(text: string): Address | null {
  const at = text.lastIndexOf('@');
  if (at < 1 || at === text.length - 1 || text.length > 320) return null;
  return { localPart: text.slice(0, at), domain: text.slice(at + 1).toLowerCase() };
}
