import { AUTHENTICATED, type Command, nothing, ok } from '../session/context.ts';

/** RFC 8437: the connection may be used by somebody else; what was enabled is not any more. */
export const unauthenticate: Command<null> = {
  name: 'UNAUTHENTICATE',
  states: AUTHENTICATED,
  reports: 'none',
  parse: nothing,
  proceed(context) {
    context.signOut();
    return Promise.resolve(ok('signed out'));
  },
};
