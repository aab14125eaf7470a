import type { FlagChange, FlaggedMessage } from '../backend.ts';
import type { Arguments } from '../parse/arguments.ts';
import { packFlagNames } from '../parse/flags.ts';
import { formatSet, type SequenceSet } from '../parse/sequence-set.ts';
import { enableCondstore } from '../session/condstore.ts';
import { type Command, type Context, no, ok, SELECTED, type Completion } from '../session/context.ts';
import { atMost } from '../session/message-limit.ts';
import { patiently } from '../session/progress.ts';
import { formatState, stateHead } from '../session/sync.ts';

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
  // `+FLAGS(\Seen)` is what some clients write
  if (args.peek() !== '(') args.space();
  const flags = packFlagNames(args.peek() === '(' ? args.list(() => args.flag()) : bareFlags(args));
  args.end();
  return { set, change: { mode, flags, ...(unchangedSince !== undefined && { unchangedSince }) }, silent };
}

/** store-att-flags without parentheses (RFC 9051 §9). */
function bareFlags(args: Arguments): string[] {
  const flags = [args.flag()];
  while (args.skip(' ') && !args.atEnd()) flags.push(args.flag());
  return flags;
}

/** RFC 9051 §6.4.6 and RFC 7162 §3.1.3. */
function storeCommand(name: string, byUid: boolean): Command<StoreArguments> {
  return {
    name,
    states: SELECTED,
    bySequence: !byUid,
    reports: byUid ? 'all' : 'no-expunge',
    parse,
    check: (context) => (context.view.readOnly ? no('the mailbox is open for reading only', 'READ-ONLY') : null),
    proceed: (context, args) => proceed(context, args, byUid),
  };
}

async function proceed(context: Context, { set, change, silent }: StoreArguments, byUid: boolean): Promise<Completion> {
  const { account, view } = context;
  if (change.unchangedSince !== undefined) enableCondstore(context);
  const { uids, code: limited } = atMost(context, view.resolve(set, byUid));
  if (uids.length === 0) return ok('nothing to store');
  const result = await patiently(context, () => account.storeFlags(view.mailboxId, uids, change));
  await tell(context, result.messages, silent);
  if (result.refused.length > 0) {
    const numbers = byUid ? result.refused : result.refused.map((uid) => view.sequence(uid));
    return { status: 'OK', code: `MODIFIED ${formatSet(numbers)}`, text: 'some had changed' };
  }
  const gone = !byUid && result.messages.length < uids.length;
  return gone ? no('some of the messages are gone', 'EXPUNGEISSUED') : ok('STORE done', limited);
}

async function tell(context: Context, messages: readonly FlaggedMessage[], silent: boolean): Promise<void> {
  const { output, view, mode } = context;
  view.reportKeywords(messages, output);
  for (const message of messages) {
    // RFC 7162 §3.1.3: with CONDSTORE the MODSEQ is told even when .SILENT keeps the flags back
    if (!silent) output.untagged(formatState(view, message, mode));
    else if (mode.condstore)
      output.untagged(`${stateHead(view, message.uid, mode)}MODSEQ (${String(message.modseq)}))`);
    if (silent) view.knows(message);
    else view.told(message);
    if (output.full) await output.flush();
  }
}

export const store = storeCommand('STORE', false);
export const uidStore = storeCommand('UID STORE', true);
