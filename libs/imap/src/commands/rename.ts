import { AUTHENTICATED, type Command, ok } from '../session/context.ts';

/** RFC 3501 §6.3.5. */
export const rename: Command<{ from: string; to: string }> = {
  name: 'RENAME',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const from = args.mailbox();
    args.space();
    const to = args.mailbox();
    args.end();
    return { from, to };
  },
  async proceed(context, { from, to }) {
    await context.account.rename(from, to);
    return ok('RENAME done');
  },
};
