import { ANY, type Command, nothing, ok } from '../session/context.ts';

/** RFC 3501 §6.1.3. */
export const logout: Command<null> = {
  name: 'LOGOUT',
  states: ANY,
  reports: 'none',
  parse: nothing,
  proceed(context) {
    context.output.untagged('BYE logging out');
    context.state = 'logout';
    return Promise.resolve(ok('LOGOUT done'));
  },
};
