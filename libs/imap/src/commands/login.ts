import type { Command } from '../session/context.ts';
import { attempt, needsTls, signIn } from '../session/sign-in.ts';

/** RFC 3501 §6.2.3. */
export const login: Command<{ username: string; password: string }> = {
  name: 'LOGIN',
  states: ['not-authenticated'],
  parse(args) {
    args.space();
    const username = args.text();
    args.space();
    const password = args.text();
    args.end();
    return { username, password };
  },
  check: needsTls,
  proceed: (context, { username, password }) => attempt(context, 'LOGIN', signIn(context, username, password)),
};
