import { listPattern } from '../parse/list-pattern.ts';
import { AUTHENTICATED, type Command, ok } from '../session/context.ts';
import { parentsOf } from '../session/list-entries.ts';
import { formatMailbox } from '../write/mailbox.ts';

/** RFC 3501 §6.3.9: with `%`, a parent of a subscribed name stands for it, \Noselect. */
export const lsub: Command<{ reference: string; pattern: string }> = {
  name: 'LSUB',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const reference = args.mailbox();
    args.space();
    const pattern = args.listMailbox();
    args.end();
    return { reference, pattern };
  },
  async proceed(context, { reference, pattern }) {
    const names = new Set(await context.account.listSubscriptions());
    const parents = pattern.includes('%') ? [...names].flatMap(parentsOf).filter((name) => !names.has(name)) : [];
    const matches = listPattern(reference + pattern);
    for (const name of [...new Set([...names, ...parents])].sort()) {
      if (!matches(name)) continue;
      const attributes = names.has(name) ? '' : '\\Noselect';
      context.output.add(`* LSUB (${attributes}) "/" `, formatMailbox(context, name), '\r\n');
      await context.output.room();
    }
    return ok('LSUB done');
  },
};
