import type { MailboxInfo } from '../backend.ts';
import { Refusal } from '../errors.ts';
import type { Arguments } from '../parse/arguments.ts';
import { encodeMailboxName } from '../parse/mailbox-name.ts';
import { enableCondstore } from '../session/condstore.ts';
import { AUTHENTICATED, type Command, type Context, ok } from '../session/context.ts';
import { formatString } from '../write/strings.ts';

type Value = (mailbox: MailboxInfo, context: Context) => number;

/** RFC 3501 §6.3.10, RFC 7162 §3.1.7, RFC 7889 §5. */
const ITEMS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['MESSAGES', (mailbox) => mailbox.messages],
  ['RECENT', () => 0],
  ['UIDNEXT', (mailbox) => mailbox.uidNext],
  ['UIDVALIDITY', (mailbox) => mailbox.uidValidity],
  ['UNSEEN', (mailbox) => mailbox.unseen],
  ['HIGHESTMODSEQ', (mailbox) => mailbox.highestModseq],
  ['APPENDLIMIT', (_mailbox, context) => context.limits.append],
]);

export type StatusItems = readonly string[];

/** `(MESSAGES UNSEEN …)` */
export function parseStatusItems(args: Arguments): StatusItems {
  const items = args.list(() => {
    const name = args.atom().toUpperCase();
    return ITEMS.has(name) ? name : args.fail('a status item');
  });
  return items.length > 0 ? items : args.fail('a status item');
}

export function writeStatus(context: Context, mailbox: MailboxInfo, items: StatusItems): void {
  const values = items.map((name) => `${name} ${String(ITEMS.get(name)?.(mailbox, context) ?? 0)}`);
  context.output.add('* STATUS ', formatString(encodeMailboxName(mailbox.name)), ` (${values.join(' ')})\r\n`);
}

export const status: Command<{ name: string; items: StatusItems }> = {
  name: 'STATUS',
  states: AUTHENTICATED,
  reports: 'no-expunge',
  parse(args) {
    args.space();
    const name = args.mailbox();
    args.space();
    const items = parseStatusItems(args);
    args.end();
    return { name, items };
  },
  async proceed(context, { name, items }) {
    const mailbox = await context.account.mailbox(name);
    if (!mailbox) throw new Refusal('NO', 'NONEXISTENT', 'no such mailbox');
    if (items.includes('HIGHESTMODSEQ')) enableCondstore(context);
    writeStatus(context, mailbox, items);
    return ok('STATUS done');
  },
};
