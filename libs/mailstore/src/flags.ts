import { StoreError } from './types.ts';

/** System flags as bits of one integer (RFC 3501 §2.3.2); keywords are kept beside it as words. */
export const SEEN = 1;
export const DELETED = 8;
const SYSTEM = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'] as const;
const BITS = new Map<string, number>(SYSTEM.map((flag, i) => [flag.toLowerCase(), 1 << i]));
const NAMES: readonly (readonly string[])[] = Array.from({ length: 32 }, (_, bits) =>
  SYSTEM.filter((_flag, i) => (bits >> i) & 1),
);
/** Most keywords one message may carry, and the longest. */
const MAX_KEYWORDS = 64;
const MAX_KEYWORD_LENGTH = 128;

/** Flags as the tables hold them; `keywords` are separated by spaces, null when there are none. */
export interface PackedFlags {
  readonly bits: number;
  readonly keywords: string | null;
}

const NO_FLAGS: PackedFlags = { bits: 0, keywords: null };

/** Packs a flag list; INVALID for unknown backslash flags, malformed or too many keywords. `\Recent` is left out. */
export function packFlags(flags: readonly string[] | undefined): PackedFlags {
  if (!flags || flags.length === 0) return NO_FLAGS;
  let bits = 0;
  const keywords = new Map<string, string>();
  for (const flag of flags) {
    const key = flag.toLowerCase();
    const bit = BITS.get(key);
    if (bit) bits |= bit;
    else if (key === '\\recent') continue;
    else if (flag.startsWith('\\')) throw new StoreError('INVALID', `no such system flag: ${flag.slice(0, 40)}`);
    else if (!/^[\x21-\x7e]+$/.test(flag) || flag.length > MAX_KEYWORD_LENGTH)
      throw new StoreError('INVALID', 'a keyword is an atom of at most 128 characters');
    else if (!keywords.has(key)) keywords.set(key, flag);
  }
  if (keywords.size > MAX_KEYWORDS) throw new StoreError('INVALID', 'too many keywords on one message');
  return { bits, keywords: keywords.size ? [...keywords.values()].join(' ') : null };
}

/** Bit of a system flag, undefined for a keyword. */
export function flagBit(flag: string): number | undefined {
  return BITS.get(flag.toLowerCase());
}

/** The flag list of a row. The result is shared: do not change it. */
export function unpackFlags(bits: number, keywords: string | null): readonly string[] {
  const system = NAMES[bits & 31] ?? [];
  return keywords === null ? system : [...system, ...keywords.split(' ')];
}

/** The flags after a STORE; keywords compare without regard to case and keep the case they had first. */
export function applyFlags(old: PackedFlags, mode: 'replace' | 'add' | 'remove', change: PackedFlags): PackedFlags {
  if (mode === 'replace') return change;
  if (mode === 'add') {
    const bits = old.bits | change.bits;
    if (change.keywords === null) return { bits, keywords: old.keywords };
    return { bits, keywords: packFlags([...words(old), ...words(change)]).keywords };
  }
  const bits = old.bits & ~change.bits;
  if (old.keywords === null || change.keywords === null) return { bits, keywords: old.keywords };
  const gone = new Set(words(change).map((word) => word.toLowerCase()));
  const left = words(old).filter((word) => !gone.has(word.toLowerCase()));
  return { bits, keywords: left.length ? left.join(' ') : null };
}

function words(flags: PackedFlags): string[] {
  return flags.keywords === null ? [] : flags.keywords.split(' ');
}
