import type { Arguments } from '../parse/arguments.ts';
import { AUTHENTICATED, type Command, ok } from '../session/context.ts';

function parse(args: Arguments): string {
  args.space();
  const name = args.mailbox();
  args.end();
  return name;
}

/** RFC 3501 §6.3.6. */
export const subscribe: Command<string> = {
  name: 'SUBSCRIBE',
  states: AUTHENTICATED,
  parse,
  causes: (name) => [name],
  async proceed(context, name) {
    await context.account.subscribe(name, true);
    return ok('SUBSCRIBE done');
  },
};

/** RFC 3501 §6.3.7. */
export const unsubscribe: Command<string> = {
  name: 'UNSUBSCRIBE',
  states: AUTHENTICATED,
  parse,
  causes: (name) => [name],
  async proceed(context, name) {
    await context.account.subscribe(name, false);
    return ok('UNSUBSCRIBE done');
  },
};
