import { enabledBy } from '../session/capabilities.ts';
import { AUTHENTICATED, type Command, ok } from '../session/context.ts';

/** RFC 5161, RFC 9051 §6.3.1: what is not known is passed over in silence. */
export const enable: Command<readonly string[]> = {
  name: 'ENABLE',
  states: AUTHENTICATED,
  parse(args) {
    const names: string[] = [];
    do {
      args.space();
      names.push(args.atom());
    } while (!args.atEnd());
    return names;
  },
  proceed(context, names) {
    const news = new Set<string>();
    for (const name of names) {
      const capability = enabledBy(name);
      if (!capability?.enables || capability.enables.every((extension) => context.enabled.has(extension))) continue;
      for (const extension of capability.enables) context.enabled.add(extension);
      news.add(capability.name);
    }
    context.output.untagged(['ENABLED', ...news].join(' '));
    return Promise.resolve(ok('ENABLE done'));
  },
};
