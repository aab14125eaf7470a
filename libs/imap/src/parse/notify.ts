import type { Arguments } from './arguments.ts';
import { type FetchItem, parseFetchItems } from './fetch-items.ts';

/** Events that can be told (RFC 5465 §5), by their name in lower case. AnnotationChange needs RFC 5257. */
const EVENTS = {
  messagenew: 'MessageNew',
  messageexpunge: 'MessageExpunge',
  flagchange: 'FlagChange',
  mailboxname: 'MailboxName',
  subscriptionchange: 'SubscriptionChange',
  mailboxmetadatachange: 'MailboxMetadataChange',
  servermetadatachange: 'ServerMetadataChange',
} as const;

export type NotifyEvent = (typeof EVENTS)[keyof typeof EVENTS];

/** All names, for BADEVENT. */
export const NOTIFY_EVENTS: readonly NotifyEvent[] = Object.values(EVENTS);

/** Which mailboxes that are not selected (RFC 5465 §6); `inboxes` is as `personal`: rules may deliver to any of them. */
export type NotifyFilter =
  | { readonly kind: 'personal' | 'subscribed' }
  | { readonly kind: 'subtree' | 'mailboxes'; readonly names: readonly string[] };

export interface NotifyGroup {
  readonly filter: NotifyFilter;
  readonly events: ReadonlySet<NotifyEvent>;
}

/** What is wanted of the mailbox selected; without MessageNew nothing is (§5: the others need it). */
interface NotifySelected {
  readonly delayed: boolean;
  readonly flags: boolean;
  /** What to tell of each new message; null: that there are new ones. */
  readonly items: readonly FetchItem[] | null;
}

export interface NotifySet {
  readonly status: boolean;
  readonly selected: NotifySelected | null;
  readonly groups: readonly NotifyGroup[];
  /** Whether an event was asked for that is not known. */
  readonly unknown: boolean;
}

const MAX_GROUPS = 100;
const MAX_NAMES = 1000;
const MESSAGE_EVENTS: ReadonlySet<NotifyEvent> = new Set(['MessageNew', 'MessageExpunge', 'FlagChange']);

interface Events {
  readonly known: Set<NotifyEvent>;
  unknown: boolean;
  items: readonly FetchItem[] | null;
}

/** What follows `SET` (RFC 5465 §8). */
export function parseNotifySet(args: Arguments): NotifySet {
  const status = args.skip(' STATUS');
  const groups: NotifyGroup[] = [];
  let selected: NotifySelected | null | undefined;
  let unknown = false;
  for (let count = 0; count === 0 || !args.atEnd(); count++) {
    if (count === MAX_GROUPS) args.fail('fewer event groups');
    args.space();
    args.expect('(');
    const filter = parseFilter(args);
    args.space();
    const events = parseEvents(args);
    args.expect(')');
    unknown ||= events.unknown;
    if (filter.kind === 'selected') {
      if (selected !== undefined) args.fail('SELECTED once');
      selected = selectedOf(args, filter.delayed, events);
    } else groups.push({ filter, events: othersOf(args, events) });
  }
  args.end();
  return { status, selected: selected ?? null, groups, unknown };
}

function parseFilter(args: Arguments): NotifyFilter | { readonly kind: 'selected'; readonly delayed: boolean } {
  const name = args.atom().toLowerCase();
  switch (name) {
    case 'selected':
    case 'selected-delayed':
      return { kind: 'selected', delayed: name !== 'selected' };
    case 'inboxes':
    case 'personal':
      return { kind: 'personal' };
    case 'subscribed':
      return { kind: 'subscribed' };
    case 'subtree':
    case 'mailboxes': {
      args.space();
      const names = args.peek() === '(' ? args.list(() => parseName(args)) : [parseName(args)];
      if (names.length === 0 || names.length > MAX_NAMES) args.fail('between 1 and 1000 mailboxes');
      return { kind: name, names };
    }
    default:
      return args.fail('which mailboxes');
  }
}

function parseName(args: Arguments): string {
  return args
    .mailbox()
    .normalize('NFC')
    .replace(/^inbox(?=$|\/)/i, 'INBOX');
}

/** `NONE`, or `(event …)` and of MessageNew what to tell. */
function parseEvents(args: Arguments): Events {
  const events: Events = { known: new Set(), unknown: false, items: null };
  if (args.peek() !== '(') {
    args.expect('NONE');
    return events;
  }
  const all = args.list(() => {
    const event = (EVENTS as Partial<Record<string, NotifyEvent>>)[args.atom().toLowerCase()];
    if (!event) events.unknown = true;
    else events.known.add(event);
    if (event !== 'MessageNew' || args.ahead(2) !== ' (') return;
    args.space();
    events.items = parseFetchItems(args);
    if (events.items.length === 0) args.fail('a FETCH item');
  });
  if (all.length === 0) args.fail('an event');
  // §5: what comes and what goes belong together, and without them a change of flags means nothing
  const { known } = events;
  if (known.has('MessageNew') !== known.has('MessageExpunge')) args.fail('MessageNew together with MessageExpunge');
  if (known.has('FlagChange') && !known.has('MessageNew')) args.fail('MessageNew and MessageExpunge with FlagChange');
  return events;
}

/** §6.1: only what happens to messages. */
function selectedOf(args: Arguments, delayed: boolean, { known, items }: Events): NotifySelected | null {
  for (const event of known) if (!MESSAGE_EVENTS.has(event)) args.fail(`no ${event} with SELECTED`);
  return known.has('MessageNew') ? { delayed, flags: known.has('FlagChange'), items } : null;
}

/** §8: of other mailboxes no message is fetched. */
function othersOf(args: Arguments, { known, items }: Events): ReadonlySet<NotifyEvent> {
  return items ? args.fail('FETCH items with SELECTED only') : known;
}
