import { type Command, nothing, ok, SELECTED } from '../session/context.ts';

/** RFC 3501 §6.4.2: expunges in silence, unless the mailbox was opened to be read only. */
export const close: Command<null> = {
  name: 'CLOSE',
  states: SELECTED,
  reports: 'none',
  parse: nothing,
  async proceed(context) {
    const { view } = context;
    if (!view.readOnly) await context.account.expunge(view.mailboxId);
    context.select(null);
    return ok('CLOSE done');
  },
};

/** RFC 3691. */
export const unselect: Command<null> = {
  name: 'UNSELECT',
  states: SELECTED,
  reports: 'none',
  parse: nothing,
  proceed(context) {
    context.select(null);
    return Promise.resolve(ok('UNSELECT done'));
  },
};
