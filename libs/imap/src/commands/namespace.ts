import { AUTHENTICATED, type Command, nothing, ok } from '../session/context.ts';
import { formatMailbox } from '../write/mailbox.ts';
import type { Piece } from '../write/strings.ts';

/** RFC 2342, RFC 9051 §6.3.10. */
export const namespace: Command<null> = {
  name: 'NAMESPACE',
  states: AUTHENTICATED,
  parse: nothing,
  proceed(context) {
    const { personal, others, shared } = context.account.namespaces;
    const list = (prefixes: readonly string[]): Piece[] =>
      prefixes.length === 0
        ? [' NIL']
        : [' (', ...prefixes.flatMap((prefix): Piece[] => ['(', formatMailbox(context, prefix), ' "/")']), ')'];
    context.output.add('* NAMESPACE', ...list(personal), ...list(others), ...list(shared), '\r\n');
    return Promise.resolve(ok('NAMESPACE done'));
  },
};
