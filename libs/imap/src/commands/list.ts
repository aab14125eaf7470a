import type { MailboxInfo } from '../backend.ts';
import type { Arguments } from '../parse/arguments.ts';
import { encodeMailboxName } from '../parse/mailbox-name.ts';
import { enableCondstore } from '../session/condstore.ts';
import { AUTHENTICATED, type Command, type Context, ok } from '../session/context.ts';
import { listEntries, type ListEntry, type ListSelection } from '../session/list-entries.ts';
import { formatString } from '../write/strings.ts';
import { parseStatusItems, type StatusItems, writeStatus } from './status.ts';

interface ListArguments {
  readonly reference: string;
  readonly patterns: readonly string[];
  readonly selection: ListSelection;
  readonly returns: { readonly subscribed: boolean; readonly status: StatusItems | null };
  /** The old form, `LIST "" ""`, asks for the separator (RFC 3501 §6.3.8). */
  readonly basic: boolean;
}

const SELECTION = new Set(['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE']);
const MAX_PATTERNS = 100;

/** RFC 3501 §6.3.8, RFC 5258, RFC 5819, RFC 6154. */
export const list: Command<ListArguments> = {
  name: 'LIST',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const extended = args.peek() === '(';
    const options = extended ? parseSelection(args) : new Set<string>();
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
      selection: {
        subscribed: options.has('SUBSCRIBED'),
        recursive: options.has('RECURSIVEMATCH'),
        specialUse: options.has('SPECIAL-USE'),
      },
      returns: {
        // RFC 5258 §3: selecting by subscription tells it as well
        subscribed: options.has('SUBSCRIBED') || (returns?.subscribed ?? false),
        status: returns?.status ?? null,
      },
      basic: !extended && !several && returns === null,
    };
  },
  async proceed(context, { reference, patterns, selection, returns, basic }) {
    if (basic && patterns[0] === '') {
      context.output.line('* LIST (\\Noselect) "/" ""');
      return ok('LIST done');
    }
    const mailboxes = await context.account.listMailboxes();
    const subscriptions = await context.account.listSubscriptions();
    const wanted = patterns.filter((pattern) => pattern !== '').map((pattern) => reference + pattern);
    for (const entry of listEntries(mailboxes, subscriptions, wanted, selection)) {
      writeEntry(context, entry, returns.subscribed);
      if (returns.status && entry.mailbox) writeListStatus(context, entry.mailbox, returns.status);
      await context.output.room();
    }
    return ok('LIST done');
  },
};

function writeListStatus(context: Context, mailbox: MailboxInfo, items: StatusItems): void {
  if (items.includes('HIGHESTMODSEQ')) enableCondstore(context);
  writeStatus(context, mailbox, items);
}

function parseSelection(args: Arguments): Set<string> {
  const options = new Set(
    args.list(() => {
      const option = args.atom().toUpperCase();
      return SELECTION.has(option) ? option : args.fail('a selection option of LIST');
    }),
  );
  // RFC 5258 §3: RECURSIVEMATCH needs something to match
  if (options.has('RECURSIVEMATCH') && !options.has('SUBSCRIBED') && !options.has('SPECIAL-USE'))
    args.fail('SUBSCRIBED');
  args.space();
  return options;
}

function parseReturns(args: Arguments): { subscribed: boolean; status: StatusItems | null } {
  let subscribed = false;
  let status: StatusItems | null = null;
  args.list(() => {
    const option = args.atom().toUpperCase();
    if (option === 'SUBSCRIBED') subscribed = true;
    else if (option === 'STATUS') {
      args.space();
      status = parseStatusItems(args);
    } else if (option !== 'CHILDREN' && option !== 'SPECIAL-USE') args.fail('a return option of LIST');
  });
  return { subscribed, status };
}

function writeEntry(context: Context, entry: ListEntry, showSubscribed: boolean): void {
  const attributes: string[] = [];
  if (!entry.mailbox) attributes.push('\\NonExistent', '\\Noselect');
  if (showSubscribed && entry.subscribed) attributes.push('\\Subscribed');
  attributes.push(entry.hasChildren ? '\\HasChildren' : '\\HasNoChildren');
  if (entry.mailbox?.specialUse) attributes.push(entry.mailbox.specialUse);
  context.output.add(`* LIST (${attributes.join(' ')}) "/" `, formatString(encodeMailboxName(entry.name)));
  if (entry.childInfo.length > 0)
    context.output.add(` ("CHILDINFO" (${entry.childInfo.map((info) => `"${info}"`).join(' ')}))`);
  context.output.add('\r\n');
}
