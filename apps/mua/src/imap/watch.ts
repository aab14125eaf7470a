import type { ImapFlow } from 'imapflow';
import { logout } from './connection.ts';

/** What changed in a folder, for pages that show it. */
export interface FolderChange {
  readonly folder: string;
  readonly arrived: boolean;
}

const LINGER_MS = 60_000;
const RETRY_MS = [500, 1_000, 2_000, 3_000, 5_000, 10_000, 30_000] as const;

export type Listener = (change: FolderChange) => void;

/**
 * News of the inbox by IDLE (RFC 2177), for as long as somebody listens and a minute longer (a reload is no reason to start
 * again). A connection that is lost is opened anew, and then everything may have changed.
 */
export class Watch {
  readonly #open: () => Promise<ImapFlow>;
  readonly #listeners = new Set<Listener>();
  #client: ImapFlow | null = null;
  #running = false;
  #closed = false;
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(open: () => Promise<ImapFlow>) {
    this.#open = open;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Returns how to stop listening. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#timer !== null && this.#running) clearTimeout(this.#timer);
    if (!this.#running) void this.#connect();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#later(LINGER_MS, () => this.#listeners.size === 0 && this.#stop());
    };
  }

  tell(change: FolderChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    this.#stop();
  }

  #stop(): void {
    this.#running = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#client !== null) logout(this.#client);
    this.#client = null;
  }

  #later(ms: number, work: () => unknown): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(work, ms).unref();
  }

  async #connect(): Promise<void> {
    this.#running = true;
    try {
      const client = await this.#open();
      if (!this.#running || this.#closed) return logout(client);
      this.#client = client;
      const changed = (arrived: boolean) => this.tell({ folder: 'INBOX', arrived });
      client.on('exists', ({ count, prevCount }) => changed(count > prevCount));
      client.on('expunge', () => changed(false));
      client.on('flags', () => changed(false));
      client.on('close', () => this.#lost(client));
      await client.mailboxOpen('INBOX');
      if (this.#failures > 0) changed(false);
      this.#failures = 0;
    } catch (error) {
      if (this.#client !== null) this.#client.close();
      else if ((error as { authenticationFailed?: boolean }).authenticationFailed !== true) this.#retry();
      else this.#running = false;
    }
  }

  #lost(client: ImapFlow): void {
    if (this.#client !== client || !this.#running) return;
    this.#client = null;
    this.#retry();
  }

  #retry(): void {
    if (this.#closed || !this.#running) return;
    const delay = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 60_000;
    this.#failures += 1;
    this.#later(delay, () => {
      if (this.#listeners.size === 0) this.#stop();
      else void this.#connect();
    });
  }
}
