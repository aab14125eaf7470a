import { AUTHENTICATED, type Command, nothing, ok } from '../session/context.ts';

/** RFC 2342: one personal namespace, without prefix. */
export const namespace: Command<null> = {
  name: 'NAMESPACE',
  states: AUTHENTICATED,
  parse: nothing,
  proceed(context) {
    context.output.untagged('NAMESPACE (("" "/")) NIL NIL');
    return Promise.resolve(ok('NAMESPACE done'));
  },
};
