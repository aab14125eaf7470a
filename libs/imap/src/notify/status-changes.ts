import type { MailboxInfo } from '../backend.ts';
import type { Context } from '../session/context.ts';
import { formatMailbox } from '../write/mailbox.ts';
import type { Interest } from './interest.ts';

type Item = 'MESSAGES' | 'UIDNEXT' | 'UIDVALIDITY' | 'UNSEEN' | 'HIGHESTMODSEQ';

const VALUES: Readonly<Record<Item, (mailbox: MailboxInfo) => number>> = {
  MESSAGES: (mailbox) => mailbox.messages,
  UIDNEXT: (mailbox) => mailbox.uidNext,
  UIDVALIDITY: (mailbox) => mailbox.uidValidity,
  UNSEEN: (mailbox) => mailbox.unseen,
  HIGHESTMODSEQ: (mailbox) => mailbox.highestModseq,
};

/** What NOTIFY SET STATUS tells of a mailbox (RFC 5465 §3.1); nothing when none of its messages are watched. */
export function initialItems(interest: Interest, mailbox: MailboxInfo): readonly Item[] {
  if (!interest.wants(mailbox, 'MessageNew')) return [];
  const flags: readonly Item[] = interest.wants(mailbox, 'FlagChange') ? ['UNSEEN', 'HIGHESTMODSEQ'] : [];
  return ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', ...flags];
}

/** What to tell of a mailbox that is not selected (RFC 5465 §5.1–§5.3); `before` null: it was not there, or not to be read. */
export function changedItems(
  { mode }: Context,
  interest: Interest,
  before: MailboxInfo | null,
  now: MailboxInfo,
): readonly Item[] {
  if (!interest.wants(now, 'MessageNew')) return [];
  const modseq: readonly Item[] = mode.condstore ? ['HIGHESTMODSEQ'] : [];
  if (!before) return now.messages > 0 ? ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', ...modseq] : [];
  const unseen: readonly Item[] = before.unseen !== now.unseen && interest.wants(now, 'FlagChange') ? ['UNSEEN'] : [];
  if (before.uidNext !== now.uidNext || before.messages !== now.messages || before.uidValidity !== now.uidValidity)
    return ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', ...unseen, ...modseq];
  const isTold = unseen.length > 0 || (mode.condstore && before.highestModseq !== now.highestModseq);
  return isTold && interest.wants(now, 'FlagChange') ? ['UIDVALIDITY', ...unseen, ...modseq] : [];
}

export function writeStatusItems(context: Context, mailbox: MailboxInfo, items: readonly Item[]): void {
  const values = items.map((item) => `${item} ${String(VALUES[item](mailbox))}`).join(' ');
  context.output.add('* STATUS ', formatMailbox(context, mailbox.name), ` (${values})\r\n`);
}
