import { Mismatch } from './mismatch.ts';

/** One message as its owner knows it; nobody else deletes or moves it. */
export interface Owned {
  readonly id: string;
  /** Whether the owner's own keyword is on it; null: a command about it got no answer. */
  keyword: boolean | null;
  /** `deleted`: it may be expunged by anybody at any time. */
  state: 'there' | 'deleted';
}

interface Mailbox {
  uidValidity: number;
  /** What stands under a UID, for ever. */
  readonly ids: Map<number, string>;
  /** UIDs somebody was told are gone. */
  readonly gone: Set<number>;
}

/** What all clients together know: UIDs mean one message for ever, and what is gone stays gone. */
export class Truth {
  readonly #mailboxes = new Map<string, Mailbox>();

  /** Names differ between accounts: `user/alice@…/Team` is alice's `Team`. */
  #mailbox(who: string, name: string, uidValidity: number): Mailbox {
    const key = canonicalName(name);
    let found = this.#mailboxes.get(key);
    if (!found) this.#mailboxes.set(key, (found = { uidValidity, ids: new Map(), gone: new Set() }));
    if (found.uidValidity !== uidValidity)
      throw new Mismatch(
        who,
        `${name}: UIDVALIDITY ${String(uidValidity)}, to others it was ${String(found.uidValidity)}`,
      );
    return found;
  }

  /** The identity of a message; it never changes. */
  is(who: string, name: string, uidValidity: number, uid: number, id: string): void {
    const { ids } = this.#mailbox(who, name, uidValidity);
    const known = ids.get(uid);
    if (known !== undefined && known !== id)
      throw new Mismatch(who, `${name}: UID ${String(uid)} is ${id}, and was ${known}`);
    ids.set(uid, id);
  }

  gone(who: string, name: string, uidValidity: number, uid: number): void {
    this.#mailbox(who, name, uidValidity).gone.add(uid);
  }

  /** A whole look at a mailbox after all have stopped: nothing that was told to be gone is there. */
  settled(who: string, name: string, uidValidity: number, uids: readonly number[]): void {
    const { gone } = this.#mailbox(who, name, uidValidity);
    for (const uid of uids)
      if (gone.has(uid)) throw new Mismatch(who, `${name}: UID ${String(uid)} was expunged and is there again`);
  }
}

export function canonicalName(name: string): string {
  return name.replace(/^user\/[^/]+\//, '');
}
