import type { MailboxInfo } from '../backend.ts';
import { FetchWriter, wantOf } from '../commands/fetch-response.ts';
import { listAttributes, writeListLine } from '../commands/list-response.ts';
import { Refusal } from '../errors.ts';
import type { FetchItem } from '../parse/fetch-items.ts';
import type { NotifySet } from '../parse/notify.ts';
import type { Context } from '../session/context.ts';
import { parentsOf } from '../session/list-entries.ts';
import type { SelectedInterest, Watcher } from '../session/watcher.ts';
import { formatMailbox } from '../write/mailbox.ts';
import { Interest } from './interest.ts';
import { MetadataWatch } from './metadata-watch.ts';
import { type Affected, affectedNames, type Seen } from './name-changes.ts';
import { changedItems, initialItems, writeStatusItems } from './status-changes.ts';

const NOTHING: Seen = { mailboxes: new Map(), subscriptions: new Set() };

/** The watcher of one NOTIFY: it compares what the account lists now with what it listed before. */
export class Notifier implements Watcher {
  readonly selected: SelectedInterest | null;
  readonly #context: Context;
  readonly #interest: Interest;
  readonly #metadata: MetadataWatch;
  #seen = NOTHING;
  #caused = new Set<string | null>();
  /** After an overflow: nothing is told any more (RFC 5465 §5.8). */
  #over = false;

  constructor(context: Context, { selected, groups }: Pick<NotifySet, 'selected' | 'groups'>) {
    this.#context = context;
    this.#interest = new Interest(groups);
    this.#metadata = new MetadataWatch(context);
    const items = selected?.items;
    const tellNew = items ? (uids: readonly number[]): Promise<void> => tellMessages(context, items, uids) : null;
    this.selected = selected && { delayed: selected.delayed, flags: selected.flags, tellNew };
  }

  /** The first look, which tells what is only if asked to. @throws Refusal when there is too much to watch */
  async begin(status: boolean): Promise<void> {
    if (this.#interest.isNone) return;
    const now = await this.#list();
    if (!now || this.#annotated(now).length > this.#context.limits.notifyMetadata)
      throw new Refusal('NO', 'NOTIFICATIONOVERFLOW', 'too many mailboxes to watch');
    this.#seen = now;
    await this.#metadata.look(this.#annotated(now), new Set());
    for (const mailbox of now.mailboxes.values()) {
      await this.#context.output.room();
      // RFC 5465 §3.1: seen, but not to be read
      if (this.#interest.covers(mailbox) && !mailbox.rights.includes('r')) this.#writeName(now, mailbox.name, null);
      else if (status && !this.#isSelected(mailbox)) this.#writeStatus(mailbox, initialItems(this.#interest, mailbox));
    }
  }

  async look(): Promise<void> {
    if (this.#over || this.#interest.isNone) return;
    const caused = this.#caused;
    const before = this.#seen;
    const now = await this.#list();
    if (!now || this.#annotated(now).length > this.#context.limits.notifyMetadata) {
      this.#overflow();
      return;
    }
    this.#caused = new Set();
    this.#seen = now;
    await this.#tellNames(before, now, caused);
    for (const mailbox of now.mailboxes.values()) {
      if (this.#isSelected(mailbox) || !mailbox.rights.includes('r')) continue;
      const old = before.mailboxes.get(mailbox.id) ?? null;
      const known = old?.rights.includes('r') === true ? old : null;
      this.#writeStatus(mailbox, changedItems(this.#context, this.#interest, known, mailbox));
      await this.#context.output.room();
    }
    await this.#metadata.look(this.#annotated(now), caused);
  }

  caused(name: string | null): void {
    if (this.#over || this.#interest.isNone) return;
    this.#caused.add(name);
    if (name !== null) for (const parent of parentsOf(name).slice(-1)) this.#caused.add(parent);
  }

  /** Null when there are too many to be watched. */
  async #list(): Promise<Seen | null> {
    const { account, limits } = this.#context;
    const mailboxes = await account.listMailboxes();
    const wanted = this.#interest.anywhere('SubscriptionChange') ? await account.listSubscriptions() : [];
    if (mailboxes.length > limits.notifyMailboxes || wanted.length > limits.notifyMailboxes) return null;
    return { mailboxes: new Map(mailboxes.map((one) => [one.id, one])), subscriptions: new Set(wanted) };
  }

  /** Whose annotations are watched; null is the server. */
  #annotated({ mailboxes }: Seen): (string | null)[] {
    const names: (string | null)[] = this.#interest.anywhere('ServerMetadataChange') ? [null] : [];
    for (const mailbox of mailboxes.values())
      if (mailbox.rights.includes('r') && this.#interest.wants(mailbox, 'MailboxMetadataChange'))
        names.push(mailbox.name);
    return names;
  }

  async #tellNames(before: Seen, now: Seen, caused: ReadonlySet<string | null>): Promise<void> {
    const affected: Affected = affectedNames(this.#interest, before, now, (name) => this.#isShared(name));
    for (const [name, oldName] of affected) {
      if (caused.has(name)) continue;
      this.#writeName(now, name, oldName);
      await this.#context.output.room();
    }
  }

  #isShared(name: string): boolean {
    const { others, shared } = this.#context.account.namespaces;
    return [...others, ...shared].some((prefix) => prefix !== '' && name.startsWith(prefix));
  }

  #isSelected({ id }: MailboxInfo): boolean {
    return this.#context.state === 'selected' && this.#context.view.mailboxId === id;
  }

  #writeStatus(mailbox: MailboxInfo, items: ReturnType<typeof initialItems>): void {
    if (items.length > 0) writeStatusItems(this.#context, mailbox, items);
  }

  #writeName({ mailboxes, subscriptions }: Seen, name: string, oldName: string | null): void {
    let mailbox: MailboxInfo | null = null;
    let hasChildren = false;
    for (const one of mailboxes.values()) {
      if (one.name === name) mailbox = one;
      else hasChildren ||= one.name.startsWith(`${name}/`);
    }
    const subscribed = mailbox?.subscribed ?? subscriptions.has(name);
    const attributes = listAttributes({ name, mailbox, subscribed, hasChildren, childInfo: [] }, true);
    if (mailbox && !mailbox.rights.includes('r')) attributes.unshift('\\NoAccess');
    const old = oldName === null ? [] : [' ("OLDNAME" (', formatMailbox(this.#context, oldName), '))'];
    writeListLine(this.#context, attributes, name, old);
  }

  #overflow(): void {
    this.#over = true;
    this.#seen = NOTHING;
    this.#context.output.untagged('OK [NOTIFICATIONOVERFLOW] too many mailboxes to watch: nothing is told any more');
  }
}

/** RFC 5465 §5.2: of new messages in the mailbox selected. */
async function tellMessages(context: Context, items: readonly FetchItem[], uids: readonly number[]): Promise<void> {
  const { account, view, output, mode } = context;
  const named = mode.uidOnly || items.some(({ kind }) => kind === 'uid');
  const writer = new FetchWriter(context, named ? items : [{ kind: 'uid' }, ...items]);
  for await (const message of account.fetch(view.mailboxId, uids, wantOf(items))) {
    await writer.write(message, false).catch((error: unknown) => {
      // a part that cannot be decoded: nothing of it was written, and nobody asked for this message
      if (!(error instanceof Refusal)) throw error;
    });
    await output.room();
  }
}
