import type { CopyOutcome } from '../backend.ts';
import type { Arguments } from '../parse/arguments.ts';
import { formatSet, type SequenceSet } from '../parse/sequence-set.ts';
import { orTryCreate } from '../session/completion.ts';
import { type Command, no, ok, SELECTED } from '../session/context.ts';
import { allOrNothing } from '../session/message-limit.ts';
import { patiently } from '../session/progress.ts';

export interface CopyArguments {
  readonly set: SequenceSet;
  readonly target: string;
}

export function parseCopy(args: Arguments): CopyArguments {
  args.space();
  const set = args.set();
  args.space();
  const target = args.mailbox();
  args.end();
  return { set, target };
}

/** `COPYUID validity source target` (RFC 4315 §3); undefined when nothing was copied. */
export function copyUid(outcome: CopyOutcome): string | undefined {
  if (outcome.source.length === 0) return undefined;
  return `COPYUID ${String(outcome.uidValidity)} ${formatSet(outcome.source)} ${formatSet(outcome.target)}`;
}

/** RFC 9051 §6.4.7. All or nothing: messages that are gone already make it fail by sequence number, not by UID. */
function copyCommand(name: string, byUid: boolean): Command<CopyArguments> {
  return {
    name,
    states: SELECTED,
    bySequence: !byUid,
    parse: parseCopy,
    async proceed(context, { set, target }) {
      const { account, view } = context;
      const uids = view.resolve(set, byUid);
      allOrNothing(context, uids.length);
      if (!byUid && view.someGone(uids)) return no('some of the messages are gone', 'EXPUNGEISSUED');
      if (uids.length === 0) return byUid ? ok('nothing to copy') : no('no such message');
      const copied = patiently(context, () => account.copy(view.mailboxId, uids, target));
      return ok(`${name} done`, copyUid(await orTryCreate(copied)));
    },
  };
}

export const copy = copyCommand('COPY', false);
export const uidCopy = copyCommand('UID COPY', true);
