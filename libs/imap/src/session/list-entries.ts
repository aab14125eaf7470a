import type { MailboxInfo } from '../backend.ts';
import { listPattern } from '../parse/list-pattern.ts';

export interface ListSelection {
  readonly subscribed: boolean;
  readonly recursive: boolean;
  readonly specialUse: boolean;
}

/** A name LIST answers with; `mailbox` is null for a level that only has children, or a subscription without a mailbox. */
export interface ListEntry {
  readonly name: string;
  readonly mailbox: MailboxInfo | null;
  readonly subscribed: boolean;
  readonly hasChildren: boolean;
  /** What its children match though it does not itself (RFC 5258 §3.5). */
  readonly childInfo: readonly string[];
}

/** Names that match any of the patterns, INBOX first, then in order of name. */
export function listEntries(
  mailboxes: readonly MailboxInfo[],
  subscriptions: readonly string[],
  patterns: readonly string[],
  selection: ListSelection,
): ListEntry[] {
  const byName = new Map(mailboxes.map((mailbox) => [mailbox.name, mailbox]));
  const subscribed = new Set(subscriptions);
  const names = new Set([...byName.keys(), ...(selection.subscribed ? subscribed : [])]);
  const parents = new Set([...byName.keys()].flatMap(parentsOf));
  const selects = (name: string): boolean =>
    (!selection.subscribed || subscribed.has(name)) && (!selection.specialUse || Boolean(byName.get(name)?.specialUse));
  const selected = new Set([...names].filter(selects));
  // a level that exists only through its children is shown too (RFC 3501 §6.3.8 on `%`)
  const plain = !selection.subscribed && !selection.specialUse;
  const parentsOfSelected = new Set([...selected].flatMap(parentsOf));
  const matches = patterns.map(listPattern);
  const candidates = new Set([...selected, ...(plain || selection.recursive ? parentsOfSelected : [])]);
  return [...candidates]
    .filter((name) => matches.some((match) => match(name)))
    .sort(byInboxThenName)
    .map((name) => ({
      name,
      mailbox: byName.get(name) ?? null,
      subscribed: subscribed.has(name),
      hasChildren: parents.has(name),
      childInfo: selection.recursive && parentsOfSelected.has(name) ? childInfo(selection) : [],
    }));
}

function childInfo(selection: ListSelection): string[] {
  return [...(selection.subscribed ? ['SUBSCRIBED'] : []), ...(selection.specialUse ? ['SPECIAL-USE'] : [])];
}

function byInboxThenName(a: string, b: string): number {
  if (a === 'INBOX' || b === 'INBOX') return a === b ? 0 : a === 'INBOX' ? -1 : 1;
  return a < b ? -1 : 1;
}

/** `a/b/c` → `a`, `a/b`. */
export function parentsOf(name: string): string[] {
  const levels = name.split('/');
  return levels.slice(1).map((_, i) => levels.slice(0, i + 1).join('/'));
}
