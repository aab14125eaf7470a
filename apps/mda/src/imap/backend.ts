import type { Account } from '@postroad/directory';
import type { ImapAccount, ImapBackend, ScramKeys } from '@postroad/imap';
import { timingSafeEqual } from 'node:crypto';
import { StoreAccount } from './account.ts';
import type { BearerVerifier } from './bearer.ts';
import type { StoreAccountDeps } from './types.ts';

export interface BackendOptions {
  /** Whoever knows it may act for any account (SASL PLAIN with `postroad-admin` as authentication identity). */
  readonly adminSecret?: string;
  readonly bearer?: BearerVerifier;
}

const ADMIN = 'postroad-admin';

/** The IMAP server's view of directory and store. */
export class StoreBackend implements ImapBackend {
  readonly #deps: StoreAccountDeps;
  readonly #options: BackendOptions;
  readonly bearer?: (username: string, token: string) => Promise<ImapAccount | null>;
  readonly bearerConfiguration?: { readonly scope?: string; readonly openidConfiguration?: string };

  constructor(dependencies: StoreAccountDeps, options: BackendOptions = {}) {
    this.#deps = dependencies;
    this.#options = options;
    const { bearer } = options;
    if (!bearer) return;
    this.bearerConfiguration = bearer.configuration;
    this.bearer = (username, token) => this.#byToken(bearer, username, token);
  }

  async authenticate(username: string, password: string): Promise<ImapAccount | null> {
    return this.#open(await reachable(this.#deps.directory.authenticate(username, password)));
  }

  async authenticateFor(username: string, password: string, actFor: string): Promise<ImapAccount | null> {
    const { adminSecret } = this.#options;
    if (username !== ADMIN || adminSecret === undefined || !isSame(password, adminSecret)) return null;
    return this.#open(await reachable(this.#deps.directory.accountNamed(actFor)));
  }

  scramKeys(username: string): Promise<ScramKeys> {
    return reachable(this.#deps.directory.scramKeys(username));
  }

  async scramAccount(username: string): Promise<ImapAccount | null> {
    return this.#open(await reachable(this.#deps.directory.accountNamed(username)));
  }

  async #byToken(bearer: BearerVerifier, username: string, token: string): Promise<ImapAccount | null> {
    const subject = await bearer.verify(token);
    if (subject === null) return null;
    const account = await reachable(this.#deps.directory.accountNamed(subject));
    if (!account || username === '') return this.#open(account);
    const named = await reachable(this.#deps.directory.accountNamed(username));
    return named?.id === account.id ? this.#open(account) : null;
  }

  #open(account: Account | null): ImapAccount | null {
    return account && new StoreAccount(this.#deps, account);
  }
}

/** A directory that cannot be asked is no wrong password. */
async function reachable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'DIRECTORY_UNAVAILABLE') throw error;
    throw Object.assign(new Error('no directory', { cause: error }), { code: 'UNAVAILABLE' });
  }
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
