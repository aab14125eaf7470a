import { type Command, no, nothing, ok } from '../session/context.ts';

/** RFC 3501 §6.2.1. The tagged OK goes out in the clear; what was received before TLS is forgotten. */
export const starttls: Command<null> = {
  name: 'STARTTLS',
  states: ['not-authenticated'],
  parse: nothing,
  check: (context) => (context.canStartTls ? null : no('TLS is active already, or not offered')),
  async proceed(context) {
    await context.startTls();
    // the session has answered already: see Context.startTls
    return ok('');
  },
};
