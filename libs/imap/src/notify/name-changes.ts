import type { MailboxInfo } from '../backend.ts';
import { parentsOf } from '../session/list-entries.ts';
import type { Interest, Subject } from './interest.ts';

/** What was there at one look. */
export interface Seen {
  readonly mailboxes: ReadonlyMap<number, MailboxInfo>;
  /** Empty when nobody wants to know of subscriptions. */
  readonly subscriptions: ReadonlySet<string>;
}

/** Names to be told by LIST, each with the name it had when it was renamed. */
export type Affected = Map<string, string | null>;

/** RFC 5465 §5.4, §5.5, §5.9: what was made, removed, renamed, subscribed, granted and taken away. */
export function affectedNames(
  interest: Interest,
  before: Seen,
  now: Seen,
  isShared: (name: string) => boolean,
): Affected {
  const affected: Affected = new Map();
  const renamed = renames(before, now);
  for (const mailbox of now.mailboxes.values()) {
    const old = before.mailboxes.get(mailbox.id);
    if (!old) made(interest, mailbox, affected, isShared);
    else if (renamed.has(mailbox.id)) {
      const wanted = interest.wants(mailbox, 'MailboxName') || interest.wants(old, 'MailboxName');
      if (wanted && !isCarried(renamed, before, now, old.name, mailbox.name)) affected.set(mailbox.name, old.name);
    } else if (interest.covers(mailbox) && isReadable(old) !== isReadable(mailbox)) affected.set(mailbox.name, null);
  }
  const names = new Set([...now.mailboxes.values()].map(({ name }) => name));
  for (const old of before.mailboxes.values()) {
    if (now.mailboxes.has(old.id) || names.has(old.name)) continue;
    made(interest, old, affected, isShared);
    // §5.9: whoever watches messages there must know that nothing more will be told
    if (old.shared && interest.covers(old)) affected.set(old.name, null);
  }
  const subject = (name: string): Subject => ({ name, shared: isShared(name), subscribed: true });
  for (const [some, others] of [
    [now.subscriptions, before.subscriptions],
    [before.subscriptions, now.subscriptions],
  ] as const)
    for (const name of some)
      if (!others.has(name) && interest.wants(subject(name), 'SubscriptionChange') && !affected.has(name))
        affected.set(name, null);
  return affected;
}

function isReadable({ rights }: MailboxInfo): boolean {
  return rights.includes('r');
}

/** A name that came or went affects the one above it as well (§5.4). */
function made(interest: Interest, mailbox: MailboxInfo, affected: Affected, isShared: (name: string) => boolean): void {
  if (interest.wants(mailbox, 'MailboxName')) affected.set(mailbox.name, null);
  const parent = parentsOf(mailbox.name).at(-1);
  if (parent === undefined || affected.has(parent)) return;
  if (interest.wants({ name: parent, shared: isShared(parent), subscribed: false }, 'MailboxName'))
    affected.set(parent, null);
}

function renames(before: Seen, now: Seen): ReadonlySet<number> {
  const ids = new Set<number>();
  for (const { id, name } of now.mailboxes.values()) {
    const old = before.mailboxes.get(id);
    if (old && old.name !== name) ids.add(id);
  }
  return ids;
}

/** Whether a mailbox only went with one above it: that one is told, its children are not (§5.4). */
function isCarried(renamed: ReadonlySet<number>, before: Seen, now: Seen, old: string, name: string): boolean {
  for (const id of renamed) {
    const [from, to] = [before.mailboxes.get(id)?.name ?? '', now.mailboxes.get(id)?.name ?? ''];
    if (old.startsWith(`${from}/`) && name === to + old.slice(from.length)) return true;
  }
  return false;
}
