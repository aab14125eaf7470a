import { AUTHENTICATED, type Command, no, ok } from '../session/context.ts';

/** RFC 3501 §6.3.3: a separator at the end says only that children will come. */
export const create: Command<string> = {
  name: 'CREATE',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const name = args.mailbox().replace(/\/$/, '');
    args.end();
    return name;
  },
  check: (_context, name) => (/^inbox$/i.test(name) ? no('INBOX is always there', 'ALREADYEXISTS') : null),
  async proceed(context, name) {
    await context.account.create(name);
    return ok('CREATE done');
  },
};
