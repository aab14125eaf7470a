import { ParseError } from '../errors.ts';
import { ANY, type Command, ok } from '../session/context.ts';

/** RFC 2971. What the client says of itself is read by the rules and not kept. */
export const id: Command<null> = {
  name: 'ID',
  states: ANY,
  parse(args) {
    args.space();
    if (!args.skip('NIL')) {
      let pairs = 0;
      args.list(() => {
        args.string();
        args.space();
        args.nstring();
        if (++pairs > 30) throw new ParseError('more than 30 fields in ID', 0);
      });
    }
    args.end();
    return null;
  },
  proceed(context) {
    context.output.untagged('ID ("name" "Postroad")');
    return Promise.resolve(ok('ID done'));
  },
};
