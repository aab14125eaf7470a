import { ImapWire } from '@postroad/testkit';
import type { Account } from '../mail.ts';
import type { Ledger } from './ledger.ts';

/** The server answered NO or BAD. */
class BadStatus extends Error {
  readonly status: string;
  constructor(status: string, line: string) {
    super(line);
    this.status = status;
  }
}

/** One signed-in connection with INBOX open, that remembers whether it was told BYE. */
export class ImapSession {
  told = false;
  readonly #wire: ImapWire;
  #tag = 0;

  constructor(wire: ImapWire) {
    this.#wire = wire;
  }

  /** Sends a command, and `DONE` so many ms after a `+`. Resolves to the untagged responses. @throws BadStatus, or what ended it */
  async command(text: string, doneAfterMs = 0): Promise<string[]> {
    const tag = `c${++this.#tag}`;
    const untagged: string[] = [];
    let done: NodeJS.Timeout | undefined;
    this.#wire.write(`${tag} ${text}\r\n`);
    try {
      for (;;) {
        const response = await this.#wire.next();
        const line = response.octets.toString('latin1');
        if (response.tag === tag) {
          const status = line.split(' ')[0] ?? '';
          if (status !== 'OK') throw new BadStatus(status, `${line} (to ${text.split(' ')[0]})`);
          return untagged;
        }
        if (response.tag === '+') done = setTimeout(() => this.#wire.write('DONE\r\n'), doneAfterMs);
        else if (/^BYE\b/i.test(line)) this.told = true;
        else untagged.push(line);
      }
    } finally {
      clearTimeout(done);
    }
  }

  async logout(): Promise<void> {
    await this.command('LOGOUT').catch(() => undefined);
    this.#wire.destroy();
  }

  close(): void {
    this.#wire.destroy();
  }
}

export interface SessionOptions {
  readonly name: string;
  readonly ledger: Ledger;
  readonly port: number;
  readonly account: Account;
}

/** Signs in, opens INBOX, does `work`, signs out. What goes wrong is written down; resolves to whether nothing did. */
export async function session(
  options: SessionOptions,
  work: (session: ImapSession) => Promise<void>,
): Promise<boolean> {
  const { name, ledger, port, account } = options;
  let open: ImapSession | null = null;
  try {
    open = new ImapSession(await ImapWire.connect({ port, tls: true }));
    await open.command(`LOGIN ${account.address} ${account.password}`);
    await open.command('SELECT INBOX');
    await work(open);
    await open.logout();
    return true;
  } catch (error) {
    open?.close();
    if (error instanceof BadStatus) ledger.trouble(name, { kind: 'imap-reply', status: error.status }, error);
    else {
      const stage = open === null ? 'connecting' : 'session';
      ledger.trouble(name, { kind: 'imap-closed', stage, told: open?.told ?? false }, error);
    }
    return false;
  }
}
