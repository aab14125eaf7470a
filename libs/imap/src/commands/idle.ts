import { Refusal } from '../errors.ts';
import { AUTHENTICATED, type Command, nothing, ok } from '../session/context.ts';

/** RFC 2177: changes are told at a hint, and without one every 30 seconds, until the client says DONE. */
export const idle: Command<null> = {
  name: 'IDLE',
  states: AUTHENTICATED,
  parse: nothing,
  async proceed(context) {
    context.output.line('+ idling');
    context.observer?.idle(true);
    try {
      for (let look = true; ;) {
        if (look) await context.tell(true);
        const line = context.line();
        if (line) {
          if (!/^done$/i.test(line.toString('latin1'))) throw new Refusal('BAD', undefined, 'expected DONE');
          return ok('IDLE done');
        }
        look = (await context.pause()) !== 'input';
      }
    } finally {
      context.observer?.idle(false);
    }
  },
};
