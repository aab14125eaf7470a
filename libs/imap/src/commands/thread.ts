import type { ImapLimits } from '../limits.ts';
import type { Arguments } from '../parse/arguments.ts';
import { decoderOf } from '../parse/charset.ts';
import { type SearchKey, SearchKeyParser } from '../parse/search-key.ts';
import { type Command, ok, SELECTED } from '../session/context.ts';
import { patiently } from '../session/progress.ts';
import { translate } from '../session/search-translation.ts';
import { formatThreads } from '../write/thread.ts';

type Algorithm = 'references' | 'orderedsubject';

interface ThreadArguments {
  readonly algorithm: Algorithm;
  readonly key: SearchKey;
}

function parse(args: Arguments, limits: ImapLimits): ThreadArguments {
  args.space();
  const algorithm = args.atom().toLowerCase();
  if (algorithm !== 'references' && algorithm !== 'orderedsubject') return args.fail('REFERENCES or ORDEREDSUBJECT');
  args.space();
  const charset = args.astring();
  args.space();
  return { algorithm, key: new SearchKeyParser(args, limits, decoderOf(charset)).keys() };
}

/** RFC 5256 §3. */
function threadCommand(name: string, byUid: boolean): Command<ThreadArguments> {
  return {
    name,
    states: SELECTED,
    bySequence: !byUid,
    reports: byUid ? 'all' : 'no-expunge',
    parse,
    async proceed(context, { algorithm, key }) {
      const { account, view, output } = context;
      const wanted = translate(context, key);
      const threads = await patiently(context, () => account.thread(view.mailboxId, wanted, algorithm));
      const number = (uid: number): number => view.sequence(uid) && (byUid ? uid : view.sequence(uid));
      const text = formatThreads(threads, number);
      output.untagged(text === '' ? 'THREAD' : `THREAD ${text}`);
      return ok(`${name} done`);
    },
  };
}

export const thread = threadCommand('THREAD', false);
export const uidThread = threadCommand('UID THREAD', true);
