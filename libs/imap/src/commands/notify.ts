import { Notifier } from '../notify/notifier.ts';
import { NOTIFY_EVENTS, type NotifySet, parseNotifySet } from '../parse/notify.ts';
import { AUTHENTICATED, type Command, no, ok } from '../session/context.ts';

const NONE: NotifySet = { status: false, selected: null, groups: [], unknown: false };

/** RFC 5465: what is told from now on, while no command is under way too. */
export const notify: Command<NotifySet> = {
  name: 'NOTIFY',
  states: AUTHENTICATED,
  reports: 'none',
  parse(args) {
    args.space();
    if (args.skip('NONE')) {
      args.end();
      return NONE;
    }
    args.expect('SET');
    return parseNotifySet(args);
  },
  check: (_context, { unknown }) =>
    unknown ? no('an event that cannot be told', `BADEVENT (${NOTIFY_EVENTS.join(' ')})`) : null,
  async proceed(context, args) {
    const notifier = new Notifier(context, args);
    // §3.1: what has gathered is told first, as it was asked for until now
    if (args !== NONE && context.state === 'selected') await context.sync(true);
    await notifier.begin(args.status);
    context.watch(notifier);
    return ok('NOTIFY done');
  },
};
