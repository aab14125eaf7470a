import type { Address } from '@postroad/mail';

/** Limits of one account; absent means unlimited. `bytes` counts stored octets, `messages` rows. */
export interface Quota {
  readonly bytes?: number;
  readonly messages?: number;
}

/** One person's (or program's) mail account. `id` is opaque and immutable: a rename touches no mail. */
export interface Account {
  readonly id: string;
  readonly tenant: string;
  /** The primary address in canonical form, `alice@postroad.test`. */
  readonly address: string;
  /** Display name for the From field of our own composer. */
  readonly name?: string;
  readonly quota: Quota;
  readonly state: 'active' | 'suspended';
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/** A domain we receive for. */
export interface DomainRecord {
  readonly id: string;
  readonly tenant: string;
  /** Lower-case A-label form. */
  readonly name: string;
  /** Separates the detail from the user in a local part (RFC 5233); empty switches it off. */
  readonly detailSeparator: string;
  /** Source pool by which its mail leaves; absent: `default`. */
  readonly pool?: string;
  readonly createdAt: string;
}

/** An address that stands for others; targets may be local or foreign. */
export interface Alias {
  readonly id: string;
  readonly tenant: string;
  readonly address: string;
  readonly targets: readonly string[];
  readonly createdAt: string;
}

/** What an address means here. `foreign`: not a domain of ours. `unknown`: our domain, no such address (550 5.1.1). */
export type Resolution =
  | { readonly kind: 'account'; readonly account: Account; readonly detail: string }
  | { readonly kind: 'alias'; readonly alias: Alias }
  | { readonly kind: 'unknown'; readonly domain: DomainRecord }
  | { readonly kind: 'foreign' };

/** What SCRAM-SHA-256 needs of a password (RFC 5802 §3, RFC 7677). */
export interface ScramKeys {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Why somebody who has signed in is to go: the account was removed or suspended, or has another password. */
export type Revocation = 'gone' | 'password';

/** Reads, as the agents need them. Every method throws {@link DirectoryUnavailable} when the truth cannot be had: answer 451. */
export interface DirectoryReader {
  domain(name: string): Promise<DomainRecord | null>;
  /** `postmaster@` and `abuse@` of every domain of ours always resolve (RFC 5321 §4.5.1, RFC 2142). */
  resolve(address: Address): Promise<Resolution>;
  account(id: string): Promise<Account | null>;
  /**
   * Checks a password off the main thread, with bounded concurrency and a short cache of successes.
   * `username` is an address. Null: wrong name or password, or a suspended account (indistinguishable, also in time).
   */
  authenticate(username: string, password: string): Promise<Account | null>;
  /** The active account a user name means, for those who proved themselves otherwise (SCRAM, a token); null when there is none. */
  accountNamed(username: string): Promise<Account | null>;
  /** For a name that does not exist: keys that look real and are always the same, so that nobody learns which names do. */
  scramKeys(username: string): Promise<ScramKeys>;
  /** Whether the account may write as this address: its own (with or without a detail), or an alias that leads to it alone. */
  mayUse(account: Account, address: Address): Promise<boolean>;
  /** For whoever has just signed in: calls back once, when that would not be let in any more. Returns what ends it. */
  onRevoked(accountId: string, callback: (why: Revocation) => void): () => void;
}

/** Changes, as the admin API makes them. Throw {@link DirectoryConflict} when the name is taken or missing. */
export interface DirectoryWriter {
  addDomain(name: string, options?: { readonly tenant?: string; readonly pool?: string }): Promise<DomainRecord>;
  /** Source pool by which its mail leaves from now on; `default` takes it back. */
  setPool(name: string, pool: string): Promise<DomainRecord>;
  listDomains(): Promise<DomainRecord[]>;
  removeDomain(name: string): Promise<void>;
  addAccount(options: {
    address: string;
    password: string;
    name?: string;
    quota?: Quota;
    tenant?: string;
  }): Promise<Account>;
  listAccounts(): Promise<Account[]>;
  setPassword(address: string, password: string): Promise<void>;
  /** Replaces the limits of an account; what is absent is unlimited. */
  setQuota(address: string, quota: Quota): Promise<Account>;
  removeAccount(address: string): Promise<void>;
  addAlias(address: string, targets: readonly string[]): Promise<Alias>;
  listAliases(): Promise<Alias[]>;
  removeAlias(address: string): Promise<void>;
}

export class DirectoryUnavailable extends Error {
  readonly code = 'DIRECTORY_UNAVAILABLE';
}

export class DirectoryConflict extends Error {
  readonly code: 'EXISTS' | 'NOT_FOUND' | 'INVALID' | 'IN_USE';
  constructor(code: 'EXISTS' | 'NOT_FOUND' | 'INVALID' | 'IN_USE', message: string) {
    super(message);
    this.code = code;
  }
}
