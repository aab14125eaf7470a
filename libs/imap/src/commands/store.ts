import type { FlagChange } from '../backend.ts';
import type { Arguments } from '../parse/arguments.ts';
import { packFlagNames } from '../parse/flags.ts';
import { formatSet, type SequenceSet } from '../parse/sequence-set.ts';
import { enableCondstore } from '../session/condstore.ts';
import { type Command, type Context, no, ok, SELECTED, type Completion } from '../session/context.ts';
import { formatState } from '../session/view.ts';

interface StoreArguments {
  readonly set: SequenceSet;
  readonly change: FlagChange;
  readonly silent: boolean;
}

const MODES = { '+': 'add', '-': 'remove', '': 'replace' } as const;

function parse(args: Arguments): StoreArguments {
  args.space();
  const set = args.set();
  args.space();
  let unchangedSince: number | undefined;
  if (args.skip('(')) {
    args.expect('UNCHANGEDSINCE ');
    unchangedSince = args.number();
    args.expect(') ');
  }
  const mode = MODES[args.skip('+') ? '+' : args.skip('-') ? '-' : ''];
  args.expect('FLAGS');
  const silent = args.skip('.SILENT');
  args.space();
  const flags = packFlagNames(args.peek() === '(' ? args.list(() => args.flag()) : bareFlags(args));
  args.end();
  return { set, change: { mode, flags, ...(unchangedSince !== undefined && { unchangedSince }) }, silent };
}

/** store-att-flags without parentheses (RFC 3501 §9). */
function bareFlags(args: Arguments): string[] {
  const flags = [args.flag()];
  while (args.skip(' ')) flags.push(args.flag());
  return flags;
}

/** RFC 3501 §6.4.6 and RFC 7162 §3.1.3. */
function storeCommand(name: string, byUid: boolean): Command<StoreArguments> {
  return {
    name,
    states: SELECTED,
    reports: byUid ? 'all' : 'no-expunge',
    parse,
    check: (context) => (context.view.readOnly ? no('the mailbox is open for reading only', 'READ-ONLY') : null),
    proceed: (context, args) => proceed(context, args, byUid),
  };
}

async function proceed(context: Context, { set, change, silent }: StoreArguments, byUid: boolean): Promise<Completion> {
  const { account, output, view } = context;
  const conditional = change.unchangedSince !== undefined;
  if (conditional) enableCondstore(context);
  const condstore = context.enabled.has('CONDSTORE');
  const uids = view.resolve(set, byUid);
  const result = await account.storeFlags(view.mailboxId, uids, change);
  view.reportKeywords(result.messages, output);
  for (const message of result.messages) {
    const number = view.sequence(message.uid);
    // RFC 7162 §3.1.3: with CONDSTORE the MODSEQ is told even when .SILENT keeps the flags back
    if (!silent) output.untagged(formatState(number, message, condstore));
    else if (condstore)
      output.untagged(`${String(number)} FETCH (UID ${String(message.uid)} MODSEQ (${String(message.modseq)}))`);
    await output.room();
  }
  if (silent) view.knows(result.messages);
  else view.told(result.messages);
  if (result.refused.length > 0) {
    const numbers = byUid ? result.refused : result.refused.map((uid) => view.sequence(uid));
    return { status: 'OK', code: `MODIFIED ${formatSet(numbers)}`, text: 'some had changed' };
  }
  const gone = !byUid && result.messages.length < uids.length;
  return gone ? no('some of the messages are gone', 'EXPUNGEISSUED') : ok('STORE done');
}

export const store = storeCommand('STORE', false);
export const uidStore = storeCommand('UID STORE', true);
