import type { Arguments } from '../parse/arguments.ts';
import { withHighestModseq } from '../session/condstore.ts';
import { type Command, no, ok, SELECTED } from '../session/context.ts';
import { fileMessages } from './append.ts';

interface ReplaceArguments {
  readonly number: number;
  readonly mailbox: string;
}

function parse(args: Arguments): ReplaceArguments {
  args.space();
  const number = args.number32();
  args.space();
  return { number, mailbox: args.mailbox() };
}

/** RFC 8508: one message in place of another, in one step; APPENDUID untagged, before the EXPUNGE of the sync that follows. */
function replaceCommand(name: string, byUid: boolean): Command<ReplaceArguments> {
  return {
    name,
    states: SELECTED,
    bySequence: !byUid,
    parse,
    check: (context) => (context.view.readOnly ? no('the mailbox is open for reading only', 'READ-ONLY') : null),
    removes: true,
    complete: withHighestModseq,
    async proceed(context, { number, mailbox }) {
      const { view, output } = context;
      const uid = byUid ? number : view.runs.uidAt(number);
      if (view.sequence(uid) === 0) return no('no such message', 'NONEXISTENT');
      if (view.someGone([uid])) return no('this message is gone', 'EXPUNGEISSUED');
      const replaces = { mailboxId: view.mailboxId, uid };
      const { uidValidity, uids } = await fileMessages(context, mailbox, { single: true, replaces });
      output.untagged(`OK [APPENDUID ${String(uidValidity)} ${String(uids[0] ?? 0)}] replacement filed`);
      return ok(`${name} done`);
    },
  };
}

export const replace = replaceCommand('REPLACE', false);
export const uidReplace = replaceCommand('UID REPLACE', true);
