import { type Command, type Context, nothing, ok, SELECTED } from '../session/context.ts';
import { patiently } from '../session/progress.ts';

/** RFC 9051 §6.4.2: expunges in silence, unless the mailbox is read only or nothing may be expunged (RFC 4314 §4). */
export const close: Command<null> = {
  name: 'CLOSE',
  states: SELECTED,
  reports: 'none',
  parse: nothing,
  async proceed(context) {
    const { view } = context;
    const mayExpunge = !view.readOnly && view.rights.includes('e');
    const expunged = mayExpunge ? await patiently(context, () => context.account.expunge(view.mailboxId)) : [];
    const code = expunged.length > 0 && context.mode.condstore ? await standing(context, expunged) : undefined;
    context.select(null);
    return ok('CLOSE done', code);
  },
};

/**
 * RFC 7162 §3.2.8: where the mailbox stands now. A client goes on from there next time, so it is told only when nothing else has
 * changed that it was not told of.
 */
async function standing({ account, view }: Context, expunged: readonly number[]): Promise<string | undefined> {
  const changes = await account.changesSince(view.mailboxId, view.modseq);
  const own = new Set(expunged);
  const nothingElse =
    changes.complete && changes.messages.length === 0 && changes.vanished.every((uid) => own.has(uid));
  return nothingElse && view.gone.length === 0 ? `HIGHESTMODSEQ ${String(changes.mailbox.highestModseq)}` : undefined;
}

/** RFC 3691. */
export const unselect: Command<null> = {
  name: 'UNSELECT',
  states: SELECTED,
  reports: 'none',
  parse: nothing,
  proceed(context) {
    context.select(null);
    return Promise.resolve(ok('UNSELECT done'));
  },
};
