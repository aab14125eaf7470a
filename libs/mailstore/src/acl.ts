import { StoreError } from './types.ts';

/** Rights in the order in which they are kept and shown (RFC 4314 §2.1). */
const LETTERS = 'lrswipkxtea';
const MAX_IDENTIFIER = 512;
/** Most entries in the list of one mailbox. */
export const MAX_ACL_ENTRIES = 1000;

/** Rights in order, each once; INVALID for a letter that is none. */
export function canonicalRights(rights: string): string {
  for (const letter of rights)
    if (!LETTERS.includes(letter)) throw new StoreError('INVALID', `no such right: ${letter}`);
  return [...LETTERS].filter((letter) => rights.includes(letter)).join('');
}

export function checkIdentifier(identifier: string): string {
  const name = identifier.startsWith('-') ? identifier.slice(1) : identifier;
  if (name === '' || Buffer.byteLength(name) > MAX_IDENTIFIER)
    throw new StoreError('INVALID', 'an identifier is an account or "anyone"');
  return identifier;
}
