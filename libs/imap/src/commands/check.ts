import { type Command, nothing, ok, SELECTED } from '../session/context.ts';

/** RFC 3501 §6.4.1: the store is always written through, so there is nothing to do. */
export const check: Command<null> = {
  name: 'CHECK',
  states: SELECTED,
  parse: nothing,
  proceed: () => Promise.resolve(ok('CHECK done')),
};
