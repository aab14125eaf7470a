import type { Bus } from '@postroad/bus';
import type { Address } from '@postroad/mail';
import { BucketCache } from './cache.ts';
import { accountOf, canonical, keys, splitAddress } from './keys.ts';
import { decoyKeys, PasswordChecker, PasswordChecksBusy, scramKeysOf, SECRET_KEY, type Verifier } from './password.ts';
import { Revocations } from './revocations.ts';
import {
  type Account,
  type Alias,
  type DirectoryReader,
  DirectoryUnavailable,
  type DomainRecord,
  type Resolution,
  type Revocation,
  type ScramKeys,
} from './types.ts';

/** What an address key holds: which record the address belongs to. */
export interface AddressRecord {
  readonly v: 1;
  readonly kind: 'account' | 'alias';
  readonly id: string;
}

/** These exist at every domain of ours (RFC 5321 §4.5.1, RFC 2142 §2); without one of their own they go to the first account. */
const ROLES = new Set(['postmaster', 'abuse']);

export class KvDirectory implements DirectoryReader {
  readonly #records: BucketCache;
  readonly #verifiers: BucketCache | null;
  readonly #checker = new PasswordChecker();
  readonly #revocations = new Revocations((id) => this.#standing(id));

  private constructor(bus: Bus, withVerifiers: boolean) {
    this.#records = new BucketCache(bus, 'directory', (key) => {
      const id = key === '*' ? key : accountOf(key);
      if (id !== null) this.#revocations.changed(id);
    });
    this.#verifiers = withVerifiers
      ? new BucketCache(bus, 'verifiers', (key) => {
          if (key === '*') this.#checker.forgetAll();
          else this.#checker.forget(key);
          this.#revocations.changed(key);
        })
      : null;
  }

  /** `verifiers`: only for agents that check passwords; the others have no right to read that bucket. */
  static async open(bus: Bus, options: { verifiers: boolean }): Promise<KvDirectory> {
    const directory = new KvDirectory(bus, options.verifiers);
    await directory.#records.start();
    await directory.#verifiers?.start();
    return directory;
  }

  close(): void {
    this.#records.stop();
    this.#verifiers?.stop();
    this.#revocations.stop();
  }

  async domain(name: string): Promise<DomainRecord | null> {
    return (await this.#records.get<DomainRecord>(keys.domain(name.toLowerCase())))?.value ?? null;
  }

  async account(id: string): Promise<Account | null> {
    return (await this.#records.get<Account>(keys.account(id)))?.value ?? null;
  }

  async resolve(address: Address): Promise<Resolution> {
    const domain = await this.domain(address.domain);
    if (domain === null) return { kind: 'foreign' };
    const exact = await this.#lookup(canonical(address), '');
    if (exact !== null) return exact;
    const separator = domain.detailSeparator;
    const cut = separator === '' ? -1 : address.localPart.indexOf(separator);
    if (cut > 0) {
      const base = { localPart: address.localPart.slice(0, cut), domain: address.domain };
      const found = await this.#lookup(canonical(base), address.localPart.slice(cut + separator.length));
      if (found !== null) return found;
    }
    return { kind: 'unknown', domain };
  }

  async #lookup(name: string, detail: string): Promise<Resolution | null> {
    const record = (await this.#records.get<AddressRecord>(keys.address(name)))?.value;
    if (record === undefined) return this.#role(name);
    if (record.kind === 'account') {
      const account = await this.account(record.id);
      return account === null ? null : { kind: 'account', account, detail };
    }
    const alias = (await this.#records.get<Alias>(keys.alias(record.id)))?.value;
    return alias === undefined ? null : { kind: 'alias', alias };
  }

  /** `postmaster@` and `abuse@` without a record of their own: the account that the domain names for them. */
  async #role(name: string): Promise<Resolution | null> {
    const address = splitAddress(name);
    if (address === null || !ROLES.has(address.localPart)) return null;
    const domain = (await this.#records.get<DomainRecord & { postmaster?: string }>(keys.domain(address.domain)))
      ?.value;
    const account = domain?.postmaster === undefined ? null : await this.account(domain.postmaster);
    return account === null ? null : { kind: 'account', account, detail: '' };
  }

  async authenticate(username: string, password: string): Promise<Account | null> {
    const verifiers = this.#verifiers;
    if (verifiers === null) throw new DirectoryUnavailable('this agent may not check passwords');
    const account = await this.#named(username);
    const verifier = account === null ? null : ((await verifiers.get<Verifier>(account.id))?.value ?? null);
    try {
      const right = await this.#checker.check(account?.id ?? null, verifier, password);
      return right && account?.state === 'active' ? account : null;
    } catch (error) {
      if (error instanceof PasswordChecksBusy) throw new DirectoryUnavailable(error.message, { cause: error });
      throw error;
    }
  }

  async #named(username: string): Promise<Account | null> {
    const address = splitAddress(username.trim());
    const found = address === null ? null : await this.resolve(address);
    return found?.kind === 'account' && found.detail === '' ? found.account : null;
  }

  async accountNamed(username: string): Promise<Account | null> {
    const account = await this.#named(username);
    return account?.state === 'active' ? account : null;
  }

  async scramKeys(username: string): Promise<ScramKeys> {
    const verifiers = this.#verifiers;
    if (verifiers === null) throw new DirectoryUnavailable('this agent may not check passwords');
    const account = await this.#named(username);
    const verifier = account === null ? null : await verifiers.get<Verifier>(account.id);
    if (verifier !== null) return scramKeysOf(verifier.value);
    const secret = await verifiers.get<{ secret: string }>(SECRET_KEY);
    return decoyKeys(secret?.value.secret ?? '', username);
  }

  async mayUse(account: Account, address: Address): Promise<boolean> {
    const found = await this.resolve(address);
    if (found.kind === 'account') return found.account.id === account.id;
    if (found.kind !== 'alias' || found.alias.targets.length !== 1) return false;
    const target = splitAddress(found.alias.targets[0] ?? '');
    const behind = target === null ? null : await this.resolve(target);
    return behind?.kind === 'account' && behind.account.id === account.id;
  }

  onRevoked(accountId: string, callback: (why: Revocation) => void): () => void {
    return this.#revocations.watch(accountId, callback);
  }

  async #standing(accountId: string): Promise<number | null> {
    const account = await this.account(accountId);
    if (account?.state !== 'active') return null;
    return (await this.#verifiers?.get(accountId))?.revision ?? 0;
  }
}
