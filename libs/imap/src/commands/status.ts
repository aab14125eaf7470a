import type { MailboxInfo } from '../backend.ts';
import { Refusal } from '../errors.ts';
import type { Arguments } from '../parse/arguments.ts';
import { enableCondstore } from '../session/condstore.ts';
import { AUTHENTICATED, type Command, type Context, ok } from '../session/context.ts';
import { formatMailbox } from '../write/mailbox.ts';

type Value = (mailbox: MailboxInfo, context: Context) => number | string | Promise<number>;

/** RFC 9051 §6.3.11, RFC 3501 §6.3.10, RFC 7162 §3.1.7, RFC 7889 §5, RFC 8438, RFC 8474 §4.3, RFC 9208 §4.1.4. */
const ITEMS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['MESSAGES', (mailbox) => mailbox.messages],
  ['RECENT', recent],
  ['UIDNEXT', (mailbox) => mailbox.uidNext],
  ['UIDVALIDITY', (mailbox) => mailbox.uidValidity],
  ['UNSEEN', (mailbox) => mailbox.unseen],
  ['DELETED', (mailbox) => mailbox.deleted],
  ['DELETED-STORAGE', (mailbox) => mailbox.deletedBytes],
  ['SIZE', (mailbox) => mailbox.bytes],
  ['HIGHESTMODSEQ', (mailbox) => mailbox.highestModseq],
  ['MAILBOXID', (mailbox) => `(${mailbox.objectId})`],
  ['APPENDLIMIT', (_mailbox, context) => context.limits.append],
]);

/** What nobody was told of yet, and of the mailbox that is selected what this session was. */
async function recent(mailbox: MailboxInfo, context: Context): Promise<number> {
  const { recentFrom, uidNext, id } = mailbox;
  const isSelected = context.state === 'selected' && context.view.mailboxId === id;
  const claimed = isSelected ? context.view.recent.count(context.view.runs) : 0;
  // those a session of EXAMINE sees are not claimed, and counted already
  if (recentFrom >= uidNext || (isSelected && context.view.readOnly)) return claimed;
  const ranges = [{ first: recentFrom, last: uidNext - 1 }];
  return claimed + (await context.account.search(id, { op: 'uids', ranges })).uids.length;
}

export type StatusItems = readonly string[];

/** `(MESSAGES UNSEEN …)` */
export function parseStatusItems(args: Arguments): StatusItems {
  const items = args.list(() => {
    const name = args.atom().toUpperCase();
    return ITEMS.has(name) ? name : args.fail('a status item');
  });
  return items.length > 0 ? items : args.fail('a status item');
}

export async function writeStatus(context: Context, mailbox: MailboxInfo, items: StatusItems): Promise<void> {
  if (items.includes('HIGHESTMODSEQ')) enableCondstore(context);
  const values: string[] = [];
  for (const name of items) values.push(`${name} ${String((await ITEMS.get(name)?.(mailbox, context)) ?? 0)}`);
  context.output.add('* STATUS ', formatMailbox(context, mailbox.name), ` (${values.join(' ')})\r\n`);
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
    // RFC 4314 §4
    if (!mailbox.rights.includes('r')) throw new Refusal('NO', 'NOPERM', 'this mailbox may not be read');
    await writeStatus(context, mailbox, items);
    return ok('STATUS done');
  },
};
