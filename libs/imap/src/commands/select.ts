import { Refusal } from '../errors.ts';
import type { Arguments } from '../parse/arguments.ts';
import { AUTHENTICATED, type Command, type Context, ok } from '../session/context.ts';
import { View } from '../session/view.ts';

interface SelectArguments {
  readonly mailbox: string;
  readonly condstore: boolean;
}

function parse(args: Arguments): SelectArguments {
  args.space();
  const mailbox = args.mailbox();
  let condstore = false;
  if (args.skip(' ')) {
    args.list(() => {
      if (args.atom().toUpperCase() !== 'CONDSTORE') args.fail('CONDSTORE');
      condstore = true;
    });
  }
  args.end();
  return { mailbox, condstore };
}

/** RFC 3501 §6.3.1, §6.3.2 and RFC 7162 §3.1.8. A SELECT that fails leaves no mailbox selected. */
async function open(context: Context, { mailbox: name, condstore }: SelectArguments, readOnly: boolean): Promise<void> {
  context.select(null);
  const mailbox = await context.account.mailbox(name);
  if (!mailbox) throw new Refusal('NO', 'NONEXISTENT', 'no such mailbox');
  const snapshot = await context.account.snapshot(mailbox.id);
  const view = new View(snapshot, readOnly);
  if (condstore) context.enabled.add('CONDSTORE');
  const { output } = context;
  output.untagged(`FLAGS (${view.flagList()})`);
  output.untagged(
    readOnly ? 'OK [PERMANENTFLAGS ()] read-only' : `OK [PERMANENTFLAGS (${view.flagList()} \\*)] flags kept`,
  );
  output.untagged(`${String(view.exists)} EXISTS`);
  output.untagged('0 RECENT');
  if (snapshot.firstUnseen > 0) output.untagged(`OK [UNSEEN ${String(snapshot.firstUnseen)}] first unseen`);
  output.untagged(`OK [UIDVALIDITY ${String(snapshot.mailbox.uidValidity)}] UIDs valid`);
  output.untagged(`OK [UIDNEXT ${String(snapshot.mailbox.uidNext)}] next UID`);
  output.untagged(`OK [HIGHESTMODSEQ ${String(snapshot.mailbox.highestModseq)}] highest`);
  context.select(view);
}

export const select: Command<SelectArguments> = {
  name: 'SELECT',
  states: AUTHENTICATED,
  reports: 'none',
  parse,
  async proceed(context, args) {
    await open(context, args, false);
    return ok('SELECT done', 'READ-WRITE');
  },
};

export const examine: Command<SelectArguments> = {
  name: 'EXAMINE',
  states: AUTHENTICATED,
  reports: 'none',
  parse,
  async proceed(context, args) {
    await open(context, args, true);
    return ok('EXAMINE done', 'READ-ONLY');
  },
};
