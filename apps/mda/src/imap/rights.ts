import type { AclEntry } from '@postroad/mailstore';

/** RFC 4314 §2.1. */
export const ALL_RIGHTS = 'lrswipkxtea';

/** What an account may do with a mailbox of somebody else: what it and `anyone` were given, less what was taken from them. */
export function rightsFrom(acl: readonly AclEntry[], accountId: string): string {
  const given = new Set<string>();
  const taken = new Set<string>();
  for (const { identifier, rights } of acl) {
    const negative = identifier.startsWith('-');
    const who = negative ? identifier.slice(1) : identifier;
    if (who === accountId || who === 'anyone') for (const letter of rights) (negative ? taken : given).add(letter);
  }
  return [...ALL_RIGHTS].filter((letter) => given.has(letter) && !taken.has(letter)).join('');
}

/** RFC 4314 §4: no permission; where a mailbox may not even be seen, it does not exist. */
export function demand(rights: string, needed: string): void {
  if ([...needed].every((letter) => rights.includes(letter))) return;
  throw rights.includes('l') ? coded('NO_PERMISSION', `this needs the right ${needed}`) : missing();
}

export function missing(): Error {
  return coded('NOT_FOUND', 'no such mailbox');
}

export function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Which right a flag needs (RFC 4314 §4). */
function rightFor(flag: string): string {
  const name = flag.toLowerCase();
  return name === '\\seen' ? 's' : name === '\\deleted' ? 't' : 'w';
}

/** The flags among these that may be changed. */
export function changeable(flags: readonly string[], rights: string): string[] {
  return flags.filter((flag) => rights.includes(rightFor(flag)));
}
