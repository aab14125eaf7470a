import type { SequenceSet } from '../parse/sequence-set.ts';
import { withHighestModseq } from '../session/condstore.ts';
import { type Command, no, nothing, ok, SELECTED } from '../session/context.ts';
import type { Context, Completion } from '../session/context.ts';
import { atMost } from '../session/message-limit.ts';
import { patiently } from '../session/progress.ts';

function readOnly(context: Context): Completion | null {
  return context.view.readOnly ? no('the mailbox is open for reading only', 'READ-ONLY') : null;
}

/** RFC 9051 §6.4.3; the EXPUNGE responses come out of the sync that follows every command. */
export const expunge: Command<null> = {
  name: 'EXPUNGE',
  states: SELECTED,
  parse: nothing,
  check: readOnly,
  removes: true,
  complete: withHighestModseq,
  async proceed(context) {
    await patiently(context, () => context.account.expunge(context.view.mailboxId));
    return ok('EXPUNGE done');
  },
};

/** RFC 4315 §2.1. */
export const uidExpunge: Command<SequenceSet> = {
  name: 'UID EXPUNGE',
  states: SELECTED,
  parse(args) {
    args.space();
    const set = args.set();
    args.end();
    return set;
  },
  check: readOnly,
  removes: true,
  complete: withHighestModseq,
  async proceed(context, set) {
    const { uids, code } = atMost(context, context.view.resolve(set, true));
    if (uids.length > 0) await patiently(context, () => context.account.expunge(context.view.mailboxId, uids));
    return ok('UID EXPUNGE done', code);
  },
};
