import type { Address, EnhancedStatus } from '@postroad/mail';
import { accept, refuse, type Parsed } from '../error.ts';
import { readPath, type PathError } from '../path/path.ts';
import { reply } from '../reply.ts';
import type { CommandContext } from './spec.ts';

interface PathArgument {
  readonly address: Address | null;
  readonly utf8: boolean;
  /** The parameters, without the space in front. */
  readonly rest: string;
}

const WHY: Record<PathError, string> = {
  syntax: 'Malformed address',
  'too-long': 'Address too long',
  domain: 'Malformed domain in address',
};

/**
 * `FROM:<path>` or `TO:<path>`. A space after the colon is against RFC 5321 §3.3 and so common that it is let pass;
 * a path without angle brackets is not.
 */
export function readPathArgument(
  keyword: 'FROM' | 'TO',
  text: string,
  context: CommandContext,
  badAddress: EnhancedStatus,
): Parsed<PathArgument> {
  const colon = keyword.length;
  if (text.slice(0, colon).toUpperCase() !== keyword || text.charAt(colon) !== ':')
    return refuse(reply(501, '5.5.4', `Syntax: ${keyword === 'FROM' ? 'MAIL' : 'RCPT'} ${keyword}:<address>`));
  const start = text.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1;
  const argument = text.slice(start);
  const { limits, postmasterDomain } = context;
  const own = keyword === 'TO' && postmasterDomain !== undefined ? { limits, postmasterDomain } : { limits };
  const path = readPath(argument, own);
  if (typeof path === 'string') return refuse(reply(501, badAddress, WHY[path]));
  const rest = argument.slice(path.length);
  if (rest !== '' && !rest.startsWith(' ')) return refuse(reply(501, '5.5.4', 'A space must follow the address'));
  return accept({ address: path.address, utf8: path.utf8, rest: rest.slice(1) });
}
