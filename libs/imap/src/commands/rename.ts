import { AUTHENTICATED, type Command, no, ok } from '../session/context.ts';
import { formatMailbox } from '../write/mailbox.ts';
import { writeListLine } from './list-response.ts';

/** RFC 9051 §6.3.6. */
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
  check: (_context, { to }) => (/^inbox$/i.test(to) ? no('INBOX is always there', 'ALREADYEXISTS') : null),
  causes: ({ from, to }) => [from, to],
  async proceed(context, { from, to }) {
    const { account } = context;
    await account.rename(from, to);
    // RFC 9051 §6.3.9.7: how the name came about; INBOX stays where it is and has no old name
    const renamed = context.enabled.has('IMAP4rev2') && !/^inbox$/i.test(from) ? await account.mailbox(to) : null;
    if (renamed) writeListLine(context, [], renamed.name, [' ("OLDNAME" (', formatMailbox(context, from), '))']);
    return ok('RENAME done');
  },
};
