import { AUTHENTICATED, type Command, no, ok } from '../session/context.ts';

/** RFC 3501 §6.3.4. Children stay; the name of a mailbox that had some is then listed as \NonExistent. */
export const remove: Command<string> = {
  name: 'DELETE',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const name = args.mailbox();
    args.end();
    return name;
  },
  check: (_context, name) => (/^inbox$/i.test(name) ? no('INBOX cannot be deleted', 'CANNOT') : null),
  causes: (name) => [name],
  async proceed(context, name) {
    const mailbox = await context.account.mailbox(name);
    await context.account.remove(name);
    if (context.state === 'selected' && context.view.mailboxId === mailbox?.id) context.select(null);
    return ok('DELETE done');
  },
};
