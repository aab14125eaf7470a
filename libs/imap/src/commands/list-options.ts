import type { Arguments } from '../parse/arguments.ts';
import type { ListSelection } from '../session/list-entries.ts';
import { parseStatusItems, type StatusItems } from './status.ts';

export interface ListReturns {
  readonly subscribed: boolean;
  readonly myRights: boolean;
  readonly status: StatusItems | null;
}

/** Without RETURN. */
export const NO_RETURNS: ListReturns = { subscribed: false, myRights: false, status: null };

const SELECTION = new Set(['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE']);

/** Selection options (RFC 5258 §3.1, RFC 6154 §5.1): `(…)`, the space behind it included. */
export function parseSelection(args: Arguments): ListSelection {
  const options = new Set(
    args.list(() => {
      const option = args.atom().toUpperCase();
      return SELECTION.has(option) ? option : args.fail('a selection option of LIST');
    }),
  );
  // RFC 5258 §3.1: RECURSIVEMATCH needs something to match, REMOTE alone is nothing
  if (options.has('RECURSIVEMATCH') && !options.has('SUBSCRIBED') && !options.has('SPECIAL-USE'))
    args.fail('SUBSCRIBED');
  args.space();
  return {
    subscribed: options.has('SUBSCRIBED'),
    recursive: options.has('RECURSIVEMATCH'),
    specialUse: options.has('SPECIAL-USE'),
  };
}

/** Return options (RFC 5258 §3.2, RFC 5819, RFC 6154 §5.2, RFC 8440). CHILDREN and SPECIAL-USE are always told. */
export function parseReturns(args: Arguments): ListReturns {
  let { subscribed, myRights, status } = NO_RETURNS;
  args.list(() => {
    const option = args.atom().toUpperCase();
    if (option === 'SUBSCRIBED') subscribed = true;
    else if (option === 'MYRIGHTS') myRights = true;
    else if (option === 'STATUS') {
      args.space();
      status = parseStatusItems(args);
    } else if (option !== 'CHILDREN' && option !== 'SPECIAL-USE') args.fail('a return option of LIST');
  });
  return { subscribed, myRights, status };
}
