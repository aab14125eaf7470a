import { AUTHENTICATED, type Command, type Context, ok } from '../session/context.ts';
import { listEntries, type ListEntry, type ListSelection } from '../session/list-entries.ts';
import { formatMailbox } from '../write/mailbox.ts';
import { type ListReturns, NO_RETURNS, parseReturns, parseSelection } from './list-options.ts';
import { listAttributes, writeListLine } from './list-response.ts';
import { writeStatus } from './status.ts';

interface ListArguments {
  readonly reference: string;
  readonly patterns: readonly string[];
  readonly selection: ListSelection;
  readonly returns: ListReturns;
  /** The old form, `LIST "" ""`, asks for the separator (RFC 9051 §6.3.9). */
  readonly basic: boolean;
}

const NO_SELECTION: ListSelection = { subscribed: false, recursive: false, specialUse: false };
const MAX_PATTERNS = 100;

/** RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440. */
export const list: Command<ListArguments> = {
  name: 'LIST',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const extended = args.peek() === '(';
    const selection = extended ? parseSelection(args) : NO_SELECTION;
    const reference = args.mailbox();
    args.space();
    const several = args.peek() === '(';
    const patterns = several ? args.list(() => args.listMailbox()) : [args.listMailbox()];
    if (patterns.length > MAX_PATTERNS) args.fail('fewer patterns');
    const returns = args.skip(' RETURN ') ? parseReturns(args) : null;
    args.end();
    return {
      reference,
      patterns,
      selection,
      // RFC 5258 §3.1: selecting by subscription tells it as well
      returns: { ...(returns ?? NO_RETURNS), subscribed: selection.subscribed || (returns?.subscribed ?? false) },
      basic: !extended && !several && returns === null,
    };
  },
  async proceed(context, { reference, patterns, selection, returns, basic }) {
    if (basic && patterns[0] === '') {
      writeListLine(context, ['\\Noselect'], rootOf(context, reference));
      return ok('LIST done');
    }
    const mailboxes = await context.account.listMailboxes();
    const subscriptions = await context.account.listSubscriptions();
    const wanted = patterns.filter((pattern) => pattern !== '').map((pattern) => reference + pattern);
    for (const entry of listEntries(mailboxes, subscriptions, wanted, selection)) {
      writeEntry(context, entry, returns.subscribed);
      await writeMore(context, entry, returns);
      await context.output.room();
    }
    return ok('LIST done');
  },
};

/** RFC 9051 §6.3.9: the root of the namespace the reference is in. */
function rootOf({ account }: Context, reference: string): string {
  const { others, shared } = account.namespaces;
  return [...others, ...shared].find((prefix) => prefix !== '' && reference.startsWith(prefix)) ?? '';
}

function writeEntry(context: Context, entry: ListEntry, showSubscribed: boolean): void {
  const info = entry.childInfo.map((one) => `"${one}"`).join(' ');
  writeListLine(
    context,
    listAttributes(entry, showSubscribed),
    entry.name,
    info === '' ? [] : [` ("CHILDINFO" (${info}))`],
  );
}

/** STATUS and MYRIGHTS of a mailbox that is there; no NO for what may not be read (RFC 5819 §2, RFC 8440 §3). */
async function writeMore(context: Context, { mailbox }: ListEntry, { status, myRights }: ListReturns): Promise<void> {
  if (!mailbox) return;
  if (myRights && mailbox.rights !== '')
    context.output.add('* MYRIGHTS ', formatMailbox(context, mailbox.name), ` ${mailbox.rights}\r\n`);
  if (status && mailbox.rights.includes('r')) await writeStatus(context, mailbox, status);
}
