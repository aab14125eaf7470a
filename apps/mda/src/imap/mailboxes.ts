import type { Account } from '@postroad/directory';
import type { MailboxInfo } from '@postroad/imap';
import type { Mailbox, SpecialUse } from '@postroad/mailstore';
import type { StoreAccountDeps } from './types.ts';
import { OTHERS, sharedName, splitShared } from './names.ts';
import { ALL_RIGHTS, coded, demand, missing, rightsFrom } from './rights.ts';

/** Where a mailbox is: whose, under which name there, and what we may do with it. */
export interface Place {
  readonly owner: string;
  readonly ownerAddress: string;
  readonly name: string;
  readonly id: number;
  readonly rights: string;
}

const SPECIAL_USES: readonly string[] = ['\\Drafts', '\\Sent', '\\Trash', '\\Junk', '\\Archive'] satisfies SpecialUse[];

/** Names and rights of the mailboxes one account can see. */
export class Mailboxes {
  readonly #deps: StoreAccountDeps;
  readonly #me: Account;
  /** Owners of mailboxes of others whose ids were given out, and how their owners are addressed. */
  readonly #foreign = new Map<number, { readonly owner: string; readonly address: string }>();

  constructor(deps: StoreAccountDeps, me: Account) {
    this.#deps = deps;
    this.#me = me;
  }

  async list(): Promise<MailboxInfo[]> {
    const own = await this.#deps.store.listMailboxes(this.#me.id);
    const shared = await this.#deps.store.sharedWith(this.#me.id);
    const infos = own.map((mailbox) => this.info(this.#me.id, mailbox, ALL_RIGHTS));
    const subscribed = shared.length > 0 ? new Set(await this.#deps.store.listSubscriptions(this.#me.id)) : null;
    for (const { accountId, mailbox, acl } of shared) {
      const rights = rightsFrom(acl, this.#me.id);
      if (!rights.includes('l') || !(await this.#knowOwner(mailbox.id, accountId))) continue;
      const info = this.info(accountId, mailbox, rights);
      infos.push({ ...info, subscribed: subscribed?.has(info.name) ?? false });
    }
    return infos;
  }

  async named(name: string): Promise<MailboxInfo | null> {
    const found = await this.#find(name);
    return found && this.info(found.owner, found.mailbox, found.rights);
  }

  /** @throws NOT_FOUND, NO_PERMISSION */
  async place(name: string, needed: string): Promise<Place> {
    const found = await this.#find(name);
    if (!found) throw missing();
    demand(found.rights, needed);
    const { owner, mailbox, rights } = found;
    return { owner, ownerAddress: this.#addressOf(mailbox.id), name: mailbox.name, id: mailbox.id, rights };
  }

  /** Owner and rights of a mailbox by its id. */
  async at(mailboxId: number, needed: string): Promise<{ readonly owner: string; readonly rights: string }> {
    const foreign = this.#foreign.get(mailboxId);
    if (!foreign) return { owner: this.#me.id, rights: ALL_RIGHTS };
    const rights = rightsFrom(await this.#deps.store.acl(foreign.owner, mailboxId), this.#me.id);
    demand(rights, needed);
    return { owner: foreign.owner, rights };
  }

  info(owner: string, mailbox: Mailbox, rights: string): MailboxInfo {
    if (owner === this.#me.id) return { ...mailbox, rights, shared: false };
    const name = sharedName(this.#addressOf(mailbox.id), mailbox.name);
    // what is special to its owner is not to us (RFC 6154 §2)
    return { ...mailbox, name, rights, shared: true, specialUse: null, subscribed: false };
  }

  async create(name: string, specialUse?: string): Promise<{ readonly owner: string; readonly info: MailboxInfo }> {
    const use = specialUse === undefined ? undefined : checkUse(specialUse);
    const parent = await this.#parent(name);
    if (parent?.owner !== undefined && parent.owner !== this.#me.id && use !== undefined)
      throw coded('CANNOT', 'no special use in a mailbox of somebody else');
    const owner = parent?.owner ?? this.#me.id;
    const rest = splitShared(name)?.name ?? name;
    const made = await this.#deps.store.createMailbox(owner, rest, use);
    // RFC 4314 §4: a new mailbox has the rights of the one above it
    if (parent)
      for (const { identifier, rights } of await this.#deps.store.acl(owner, parent.id))
        await this.#deps.store.setAcl(owner, made.id, identifier, rights);
    if (owner !== this.#me.id) await this.#knowOwner(made.id, owner);
    return { owner, info: (await this.named(name)) ?? this.info(owner, made, ALL_RIGHTS) };
  }

  async rename(from: string, to: string): Promise<string> {
    const place = await this.place(from, 'x');
    const parent = await this.#parent(to);
    if ((parent?.owner ?? this.#me.id) !== place.owner)
      throw coded('CANNOT', 'a mailbox stays with its owner: copy the messages');
    await this.#deps.store.renameMailbox(place.owner, place.name, splitShared(to)?.name ?? to);
    return place.owner;
  }

  /** The nearest mailbox above a name, where a new one may be made; null for one at the top of our own. */
  async #parent(name: string): Promise<Place | null> {
    const shared = splitShared(name);
    if (!shared && name.toLowerCase() === OTHERS.slice(0, -1))
      throw coded('CANNOT', `${OTHERS} is where mailboxes of others are`);
    const levels = (shared ? shared.name : name).split('/');
    for (let depth = levels.length - 1; depth > 0; depth--) {
      const above = levels.slice(0, depth).join('/');
      const found = await this.#find(shared ? sharedName(shared.owner, above) : above);
      if (found) return this.place(shared ? sharedName(shared.owner, above) : above, 'k');
    }
    if (shared) throw coded('NO_PERMISSION', 'at the top of an account only its owner makes mailboxes');
    return null;
  }

  async #find(name: string): Promise<{ owner: string; mailbox: Mailbox; rights: string } | null> {
    const shared = splitShared(name);
    if (!shared) {
      const mailbox = await this.#deps.store.mailbox(this.#me.id, name);
      return mailbox && { owner: this.#me.id, mailbox, rights: ALL_RIGHTS };
    }
    const owner = await this.#deps.directory.accountNamed(shared.owner);
    const mailbox = owner && shared.name !== '' ? await this.#deps.store.mailbox(owner.id, shared.name) : null;
    if (!owner || !mailbox) return null;
    const rights =
      owner.id === this.#me.id ? ALL_RIGHTS : rightsFrom(await this.#deps.store.acl(owner.id, mailbox.id), this.#me.id);
    // without any right nobody learns that it is there
    if (rights === '') return null;
    if (owner.id !== this.#me.id) this.#foreign.set(mailbox.id, { owner: owner.id, address: owner.address });
    return { owner: owner.id, mailbox, rights };
  }

  #addressOf(mailboxId: number): string {
    return this.#foreign.get(mailboxId)?.address ?? this.#me.address;
  }

  async #knowOwner(mailboxId: number, owner: string): Promise<boolean> {
    if (this.#foreign.has(mailboxId)) return true;
    const account = await this.#deps.directory.account(owner);
    if (account) this.#foreign.set(mailboxId, { owner, address: account.address });
    return account !== null;
  }
}

function checkUse(specialUse: string): SpecialUse {
  const use = SPECIAL_USES.find((known) => known.toLowerCase() === specialUse.toLowerCase());
  if (use === undefined) throw coded('USE_ATTRIBUTE', 'no such special use');
  return use as SpecialUse;
}
