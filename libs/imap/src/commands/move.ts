import { orTryCreate } from '../session/completion.ts';
import { withHighestModseq } from '../session/condstore.ts';
import { type Command, no, ok, SELECTED } from '../session/context.ts';
import { atMost } from '../session/message-limit.ts';
import { patiently } from '../session/progress.ts';
import { copyUid, parseCopy, type CopyArguments } from './copy.ts';

/** RFC 6851: COPYUID comes untagged, before the EXPUNGE responses of the sync that follows. */
function moveCommand(name: string, byUid: boolean): Command<CopyArguments> {
  return {
    name,
    states: SELECTED,
    bySequence: !byUid,
    parse: parseCopy,
    check: (context) => (context.view.readOnly ? no('the mailbox is open for reading only', 'READ-ONLY') : null),
    removes: true,
    complete: withHighestModseq,
    async proceed(context, { set, target }) {
      const { account, view } = context;
      const all = view.resolve(set, byUid);
      if (!byUid && view.someGone(all)) return no('some of the messages are gone', 'EXPUNGEISSUED');
      if (all.length === 0) return byUid ? ok('nothing to move') : no('no such message');
      const { uids, code: limited } = atMost(context, all);
      const code = copyUid(await orTryCreate(patiently(context, () => account.move(view.mailboxId, uids, target))));
      if (code !== undefined) context.output.untagged(`OK [${code}] moved`);
      return ok(`${name} done`, limited);
    },
  };
}

export const move = moveCommand('MOVE', false);
export const uidMove = moveCommand('UID MOVE', true);
