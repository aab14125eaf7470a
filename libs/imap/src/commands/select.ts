import { Refusal } from '../errors.ts';
import type { MailboxInfo, MailboxSnapshot } from '../backend.ts';
import type { Arguments } from '../parse/arguments.ts';
import { parseQresync, type QresyncParameters } from '../parse/qresync.ts';
import { AUTHENTICATED, type Command, type Completion, type Context, ok } from '../session/context.ts';
import { resynchronise } from '../session/resync.ts';
import { sharedRunsOf } from '../session/shared-runs.ts';
import { View } from '../session/view.ts';
import { formatMailbox } from '../write/mailbox.ts';
import { writeListLine } from './list-response.ts';

interface SelectArguments {
  readonly mailbox: string;
  readonly condstore: boolean;
  readonly qresync: QresyncParameters | null;
}

function parse(args: Arguments): SelectArguments {
  args.space();
  const mailbox = args.mailbox();
  let condstore = false;
  let qresync: QresyncParameters | null = null;
  if (args.skip(' ') && !args.atEnd()) {
    args.list(() => {
      const name = args.atom().toUpperCase();
      if (name === 'CONDSTORE') condstore = true;
      else if (name === 'QRESYNC') qresync = parseQresync(args);
      else args.fail('CONDSTORE or QRESYNC');
    });
  }
  args.end();
  return { mailbox, condstore, qresync };
}

/** RFC 7162 §3.2.5: only after ENABLE QRESYNC; RFC 9586 §3: without sequence numbers in UIDONLY. */
function mayResync(context: Context, { qresync }: SelectArguments): Completion | null {
  if (!qresync) return null;
  if (!context.enabled.has('QRESYNC')) return { status: 'BAD', text: 'ENABLE QRESYNC first' };
  if (qresync.match && context.mode.uidOnly)
    return { status: 'BAD', code: 'UIDREQUIRED', text: 'only UIDs name messages now' };
  return null;
}

/** RFC 9051 §6.3.2, §6.3.3, RFC 7162 §3.1.8, §3.2.5. A SELECT that fails leaves no mailbox selected. */
async function open(context: Context, args: SelectArguments, examine: boolean): Promise<Completion> {
  const { output, account, mode } = context;
  // RFC 7162 §3.2.11: what follows is about the new mailbox
  if (context.state === 'selected' && (context.enabled.has('QRESYNC') || context.enabled.has('IMAP4rev2')))
    output.untagged('OK [CLOSED] the mailbox before is closed');
  context.select(null);
  const mailbox = await account.mailbox(args.mailbox);
  if (!mailbox) throw new Refusal('NO', 'NONEXISTENT', 'no such mailbox');
  if (!mailbox.rights.includes('r')) throw new Refusal('NO', 'NOPERM', 'this mailbox may not be read');
  // claimed before it is looked at: what comes between is the next one's
  const claims = mode.recent && !examine && /[iestw]/.test(mailbox.rights) && mailbox.recentFrom < mailbox.uidNext;
  const recentFrom = claims ? await account.claimRecent(mailbox.id) : mailbox.recentFrom;
  const snapshot = await account.snapshot(mailbox.id);
  const view = new View(snapshot, examine, sharedRunsOf(context.backend));
  if (mode.recent) view.recent.add(recentFrom, claims ? snapshot.mailbox.recentFrom - 1 : view.runs.last);
  if (args.condstore || args.qresync) context.enabled.add('CONDSTORE');
  context.select(view);
  tell(context, snapshot, args.mailbox);
  if (args.qresync) await resynchronise(context, args.qresync);
  return ok(examine ? 'EXAMINE done' : 'SELECT done', view.readOnly ? 'READ-ONLY' : 'READ-WRITE');
}

function tell(context: Context, { mailbox, firstUnseen }: MailboxSnapshot, asked: string): void {
  const { output, view, mode } = context;
  output.untagged(`FLAGS (${view.flagList()})`);
  output.untagged(`OK [PERMANENTFLAGS (${view.permanentFlagList()})] ${view.readOnly ? 'read-only' : 'flags kept'}`);
  output.untagged(`${String(view.exists)} EXISTS`);
  if (mode.recent) {
    output.untagged(`${String(view.recent.count(view.runs))} RECENT`);
    if (firstUnseen > 0 && !mode.uidOnly) output.untagged(`OK [UNSEEN ${String(firstUnseen)}] first unseen`);
  }
  output.untagged(`OK [UIDVALIDITY ${String(mailbox.uidValidity)}] UIDs valid`);
  output.untagged(`OK [UIDNEXT ${String(mailbox.uidNext)}] next UID`);
  output.untagged(`OK [HIGHESTMODSEQ ${String(mailbox.highestModseq)}] highest`);
  output.untagged(`OK [MAILBOXID (${mailbox.objectId})] object id`);
  if (!mode.recent) tellName(context, mailbox, asked);
}

/** RFC 9051 §6.3.2: the name as the server has it; OLDNAME when the client wrote it otherwise. */
function tellName(context: Context, mailbox: MailboxInfo, asked: string): void {
  const attributes = mailbox.specialUse === null ? [] : [mailbox.specialUse];
  const oldName = asked === mailbox.name ? [] : [' ("OLDNAME" (', formatMailbox(context, asked), '))'];
  writeListLine(context, attributes, mailbox.name, oldName);
}

export const select: Command<SelectArguments> = {
  name: 'SELECT',
  states: AUTHENTICATED,
  reports: 'none',
  parse,
  check: mayResync,
  proceed: (context, args) => open(context, args, false),
};

export const examine: Command<SelectArguments> = {
  name: 'EXAMINE',
  states: AUTHENTICATED,
  reports: 'none',
  parse,
  check: mayResync,
  proceed: (context, args) => open(context, args, true),
};
