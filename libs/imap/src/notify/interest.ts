import type { MailboxInfo } from '../backend.ts';
import type { NotifyEvent, NotifyFilter, NotifyGroup } from '../parse/notify.ts';

/** What filters look at. */
export type Subject = Pick<MailboxInfo, 'name' | 'shared' | 'subscribed'>;

/** Which events are wanted of which mailboxes (RFC 5465 §6). */
export class Interest {
  readonly #groups: readonly NotifyGroup[];
  readonly #all: ReadonlySet<NotifyEvent>;

  constructor(groups: readonly NotifyGroup[]) {
    this.#groups = groups.filter(({ events }) => events.size > 0);
    this.#all = new Set(this.#groups.flatMap(({ events }) => [...events]));
  }

  /** Whether an event is wanted of any mailbox. */
  anywhere(event: NotifyEvent): boolean {
    return this.#all.has(event);
  }

  get isNone(): boolean {
    return this.#all.size === 0;
  }

  /** Several groups may speak of one mailbox: it is what any of them wants. */
  wants(subject: Subject, event: NotifyEvent): boolean {
    if (!this.#all.has(event)) return false;
    return this.#groups.some(({ filter, events }) => events.has(event) && matches(filter, subject));
  }

  /** Whether anything is wanted of it. */
  covers(subject: Subject): boolean {
    return this.#groups.some(({ filter }) => matches(filter, subject));
  }
}

function matches(filter: NotifyFilter, { name, shared, subscribed }: Subject): boolean {
  switch (filter.kind) {
    case 'personal':
      return !shared;
    case 'subscribed':
      return subscribed;
    case 'mailboxes':
      return filter.names.includes(name);
    case 'subtree':
      return filter.names.some((top) => name === top || name.startsWith(`${top}/`));
  }
}
