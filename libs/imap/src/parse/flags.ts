import { ParseError } from '../errors.ts';

/** Flags a client may set (RFC 3501 §2.3.2); `\Recent` is the server's. */
const SYSTEM = new Set(['\\seen', '\\answered', '\\flagged', '\\deleted', '\\draft']);
const MAX_FLAGS = 100;

/** Checks a flag list; `\Recent` is left out, as clients copy it from FETCH. @throws ParseError */
export function packFlagNames(flags: readonly string[]): readonly string[] {
  if (flags.length > MAX_FLAGS) throw new ParseError('too many flags', 0);
  for (const flag of flags) {
    if (flag.startsWith('\\') && !SYSTEM.has(flag.toLowerCase()) && flag.toLowerCase() !== '\\recent')
      throw new ParseError('no such system flag', 0);
  }
  return flags.filter((flag) => flag.toLowerCase() !== '\\recent');
}
