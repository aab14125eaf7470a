import { type ImapResult, ImapWire } from '@postroad/testkit';
import type { Chance } from './random.ts';
import { canonicalName, type Owned, type Truth } from './truth.ts';
import { type Allowed, View } from './view.ts';

/** What a client has enabled; it decides how the server must speak to it. */
export type Dialect = 'rev1' | 'condstore' | 'qresync' | 'rev2';

export interface ClientOptions {
  readonly who: string;
  readonly user: string;
  readonly password: string;
  /** Names of the shared mailboxes as this user sees them. */
  readonly mailboxes: readonly string[];
  readonly dialect: Dialect;
  readonly chance: Chance;
  readonly truth: Truth;
  /** Where to connect now; after a loss somewhere else. */
  readonly port: () => number;
}

/** The connection ended while a command ran: nobody knows whether it was done. */
export class Lost extends Error {}

/** What was asked and not answered: all of it happened, or nothing. */
export interface Doubt {
  /** Ids of messages that may be in `to` now, once for each copy. */
  readonly ids: readonly string[];
  readonly to: string;
  /** Where MOVE took them from, with the UIDs there. */
  readonly from?: { readonly mailbox: string; readonly uids: readonly number[] };
}

/** One client: its connection, its view of the mailbox selected, and the messages that are its own. */
export class Client {
  readonly options: ClientOptions;
  /** Own messages by mailbox (as its owner calls it) and UID. */
  readonly owned = new Map<string, Map<number, Owned>>();
  /** Commands that got no answer, to be looked into after the next connection. */
  readonly doubts: Doubt[] = [];
  view: View | null = null;
  /** Views of mailboxes left, for QRESYNC. */
  readonly left = new Map<string, View>();
  commands = 0;
  losses = 0;
  #wire: ImapWire | null = null;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  get keyword(): string {
    return `own-${this.options.who}`;
  }

  get qresync(): boolean {
    return this.options.dialect === 'qresync';
  }

  ownedIn(mailbox: string): Map<number, Owned> {
    const key = canonicalName(mailbox);
    let found = this.owned.get(key);
    if (!found) this.owned.set(key, (found = new Map<number, Owned>()));
    return found;
  }

  /** Connects and signs in, as often as it takes. */
  async connect(until: number): Promise<void> {
    for (;;) {
      try {
        const wire = await ImapWire.connect({ port: this.options.port(), tls: true });
        await wire.ok(`LOGIN ${this.options.user} ${this.options.password}`);
        const { dialect } = this.options;
        if (dialect !== 'rev1') await wire.ok(`ENABLE ${dialect === 'rev2' ? 'IMAP4rev2' : dialect.toUpperCase()}`);
        this.#wire = wire;
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Runs one command and takes what is told into the view. @throws Lost */
  async run(command: string | readonly (string | Buffer)[], allowed: Allowed = 'all'): Promise<ImapResult> {
    this.commands++;
    return this.#take(allowed, (wire) => wire.command(command));
  }

  async idle(ms: number): Promise<ImapResult> {
    this.commands++;
    return this.#take('all', (wire) => wire.idle(ms));
  }

  async #take(allowed: Allowed, work: (wire: ImapWire) => Promise<ImapResult>): Promise<ImapResult> {
    const wire = this.#wire;
    if (!wire) throw new Lost('not connected');
    let result: ImapResult;
    try {
      result = await work(wire);
    } catch (error) {
      if (/malformed|not a tagged/.test(String(error))) throw error;
      this.drop();
      throw new Lost(String(error));
    }
    if (this.view) for (const response of result.untagged) this.view.take(response, allowed);
    return result;
  }

  /** The connection is gone, and with it the view. */
  drop(): void {
    this.losses++;
    this.#wire?.destroy();
    this.#wire = null;
    if (this.view) this.left.set(this.view.mailbox, this.view);
    this.view = null;
  }

  get connected(): boolean {
    return this.#wire !== null;
  }

  async logout(): Promise<void> {
    await this.#wire?.logout();
    this.#wire = null;
  }

  fail(what: string): never {
    return (this.view ?? new View(this.options.who, '-', this.options.truth)).fail(what);
  }
}
