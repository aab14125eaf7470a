import { AUTHENTICATED, type Command, ok } from '../session/context.ts';

/** RFC 5161: what is not known is passed over in silence. */
export const enable: Command<readonly string[]> = {
  name: 'ENABLE',
  states: AUTHENTICATED,
  parse(args) {
    const names: string[] = [];
    do {
      args.space();
      names.push(args.atom().toUpperCase());
    } while (!args.atEnd());
    return names;
  },
  proceed(context, names) {
    const news = names.includes('CONDSTORE') && !context.enabled.has('CONDSTORE');
    if (news) context.enabled.add('CONDSTORE');
    context.output.untagged(news ? 'ENABLED CONDSTORE' : 'ENABLED');
    return Promise.resolve(ok('ENABLE done'));
  },
};
