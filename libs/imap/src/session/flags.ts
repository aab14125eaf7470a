/** RFC 9051 §2.3.2; `\Recent` is the session's. */
export const SYSTEM_FLAGS: readonly string[] = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'];

/** What may be set by rights (RFC 4314 §4, §5.2): `s` is for \Seen, `t` for \Deleted, `w` for all others. */
export function permanentFlags(rights: string, keywords: readonly string[]): string[] {
  const needed = (flag: string): string => (flag === '\\Seen' ? 's' : flag === '\\Deleted' ? 't' : 'w');
  const flags = SYSTEM_FLAGS.filter((flag) => rights.includes(needed(flag)));
  return rights.includes('w') ? [...flags, ...keywords, '\\*'] : flags;
}
