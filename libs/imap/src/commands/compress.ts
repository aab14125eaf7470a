import { AUTHENTICATED, type Command, no, ok } from '../session/context.ts';

/**
 * RFC 4978. The client may send nothing more until it is answered, so the command is refused when something is there already:
 * then both sides go on without compression.
 */
export const compress: Command<null> = {
  name: 'COMPRESS',
  states: AUTHENTICATED,
  reports: 'none',
  parse(args) {
    args.space();
    if (args.atom().toUpperCase() !== 'DEFLATE') args.fail('DEFLATE');
    args.end();
    return null;
  },
  check(context) {
    if (context.compression === 'active') return no('DEFLATE is active via COMPRESS', 'COMPRESSIONACTIVE');
    return context.compression === 'none' ? no('compression is not offered here', 'CANNOT') : null;
  },
  async proceed(context) {
    await context.compress();
    // the session has answered already: see Context.compress
    return ok('');
  },
};
