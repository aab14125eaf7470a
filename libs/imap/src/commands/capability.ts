import { capabilities } from '../session/capabilities.ts';
import { ANY, type Command, nothing, ok } from '../session/context.ts';

/** RFC 3501 §6.1.1. */
export const capability: Command<null> = {
  name: 'CAPABILITY',
  states: ANY,
  parse: nothing,
  async proceed(context) {
    context.output.untagged(`CAPABILITY ${capabilities(context)}`);
    return Promise.resolve(ok('CAPABILITY done'));
  },
};
