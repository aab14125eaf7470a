import { ANY, type Command, nothing, ok } from '../session/context.ts';

/** RFC 3501 §6.1.2: a moment at which changes are reported. */
export const noop: Command<null> = {
  name: 'NOOP',
  states: ANY,
  parse: nothing,
  proceed: () => Promise.resolve(ok('NOOP done')),
};
