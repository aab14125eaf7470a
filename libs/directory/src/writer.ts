import { randomBytes } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { type Bus, Conflict, DEFAULT_POOL, isPoolName } from '@postroad/bus';
import { canonical, keys, splitAddress } from './keys.ts';
import { makeVerifier, SECRET_KEY } from './password.ts';
import type { AddressRecord } from './reader.ts';
import {
  type Account,
  type Alias,
  DirectoryConflict,
  type DirectoryWriter,
  type DomainRecord,
  type Quota,
} from './types.ts';

type Stored<T> = T & { readonly v: 1 };
const newId = () => randomBytes(12).toString('hex');
const MAX_TARGETS = 1_000;

function checkPool(pool: string): void {
  if (!isPoolName(pool))
    throw new DirectoryConflict('INVALID', `${JSON.stringify(pool)} is no pool: a-z, 0-9 and -, at most 32 of them`);
}

/** Changes to the directory. Addresses are unique because each has a key of its own, made by compare-and-set. */
export class KvDirectoryWriter implements DirectoryWriter {
  readonly #bus: Bus;
  constructor(bus: Bus) {
    this.#bus = bus;
  }

  async addDomain(
    name: string,
    options: { readonly tenant?: string; readonly pool?: string } = {},
  ): Promise<DomainRecord> {
    const { tenant = 'default', pool = DEFAULT_POOL } = options;
    checkPool(pool);
    const ascii = domainToASCII(name.trim().toLowerCase());
    if (!/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(ascii))
      throw new DirectoryConflict('INVALID', `${JSON.stringify(name)} is not a domain name`);
    const record: Stored<DomainRecord> = {
      v: 1,
      id: newId(),
      tenant,
      name: ascii,
      detailSeparator: '+',
      ...(pool === DEFAULT_POOL ? {} : { pool }),
      createdAt: now(),
    };
    await this.#create(keys.domain(ascii), record, `the domain ${ascii} exists already`);
    return record;
  }

  async setPool(name: string, pool: string): Promise<DomainRecord> {
    checkPool(pool);
    const key = keys.domain(domainToASCII(name.trim().toLowerCase()));
    for (;;) {
      const found = await this.#read<Stored<DomainRecord>>(key);
      if (found === null) throw new DirectoryConflict('NOT_FOUND', `there is no domain ${name}`);
      const { pool: _before, ...rest } = found.value;
      const record: Stored<DomainRecord> = pool === DEFAULT_POOL ? rest : { ...rest, pool };
      try {
        await this.#put(key, record, 'KV_directory', '$KV.directory.', found.revision);
        return record;
      } catch (error) {
        // An account that was added just now may have made itself its postmaster.
        if (!(error instanceof Conflict)) throw error;
      }
    }
  }

  listDomains(): Promise<DomainRecord[]> {
    return this.#list<DomainRecord>('dom');
  }

  async removeDomain(name: string): Promise<void> {
    const lower = name.toLowerCase();
    const inUse = [...(await this.listAccounts()), ...(await this.listAliases())].find((x) =>
      x.address.endsWith(`@${lower}`),
    );
    if (inUse !== undefined)
      throw new DirectoryConflict('IN_USE', `${inUse.address} still uses ${lower}: remove it first`);
    await this.#remove(keys.domain(lower), `there is no domain ${lower}`);
  }

  async addAccount(options: {
    address: string;
    password: string;
    name?: string;
    quota?: Quota;
    tenant?: string;
  }): Promise<Account> {
    const { domain, name: address } = await this.#ours(options.address);
    if (options.password.length < 8 || options.password.length > 1_024)
      throw new DirectoryConflict('INVALID', 'a password has at least 8 and at most 1024 characters');
    const account: Stored<Account> = {
      v: 1,
      id: newId(),
      tenant: options.tenant ?? domain.tenant,
      address,
      ...(options.name === undefined ? {} : { name: options.name }),
      quota: options.quota ?? {},
      state: 'active',
      createdAt: now(),
    };
    // The address comes last: nobody finds the account before it is whole. What a crash leaves behind is unreachable.
    await this.#makeSecret();
    await this.#put(account.id, await makeVerifier(options.password), 'KV_verifiers', '$KV.verifiers.');
    await this.#create(keys.account(account.id), account, 'an account of this id exists');
    const entry: AddressRecord = { v: 1, kind: 'account', id: account.id };
    await this.#create(keys.address(address), entry, `the address ${address} is taken`);
    await this.#namePostmaster(domain.name, account.id);
    return account;
  }

  listAccounts(): Promise<Account[]> {
    return this.#list<Account>('acct');
  }

  async setPassword(address: string, password: string): Promise<void> {
    if (password.length < 8 || password.length > 1_024)
      throw new DirectoryConflict('INVALID', 'a password has at least 8 and at most 1024 characters');
    const account = await this.#find('account', address);
    await this.#put(account.id, await makeVerifier(password), 'KV_verifiers', '$KV.verifiers.');
  }

  async setQuota(address: string, quota: Quota): Promise<Account> {
    const { id } = await this.#find('account', address);
    const found = await this.#read<Stored<Account>>(keys.account(id));
    if (found === null) throw new DirectoryConflict('NOT_FOUND', `there is no account ${address}`);
    const account: Stored<Account> = { ...found.value, quota };
    await this.#put(keys.account(id), account, 'KV_directory', '$KV.directory.', found.revision);
    return account;
  }

  /** Once per directory; two who make it at the same time agree on the first one. */
  async #makeSecret(): Promise<void> {
    const found = await this.#bus.readBack('KV_verifiers', `$KV.verifiers.${SECRET_KEY}`);
    if (found !== null && found.data.length > 0) return;
    const record = { v: 1, secret: randomBytes(32).toString('base64') };
    try {
      await this.#put(SECRET_KEY, record, 'KV_verifiers', '$KV.verifiers.', found?.seq ?? 0);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }

  async removeAccount(address: string): Promise<void> {
    const account = await this.#find('account', address);
    await this.#remove(keys.address(account.name), `there is no account ${address}`);
    await this.#remove(keys.account(account.id), '');
    await this.#delete(`$KV.verifiers.${account.id}`);
    await this.#passPostmasterOn(account);
  }

  async addAlias(address: string, targets: readonly string[]): Promise<Alias> {
    const { domain, name } = await this.#ours(address);
    if (targets.length === 0 || targets.length > MAX_TARGETS)
      throw new DirectoryConflict('INVALID', `an alias has 1 to ${MAX_TARGETS} targets`);
    const clean = targets.map((target) => {
      const parsed = splitAddress(target.trim());
      const ascii = parsed === null ? '' : domainToASCII(parsed.domain);
      if (parsed === null || ascii === '')
        throw new DirectoryConflict('INVALID', `${JSON.stringify(target)} is not an address`);
      return `${parsed.localPart}@${ascii}`;
    });
    const alias: Stored<Alias> = {
      v: 1,
      id: newId(),
      tenant: domain.tenant,
      address: name,
      targets: clean,
      createdAt: now(),
    };
    await this.#create(keys.alias(alias.id), alias, 'an alias of this id exists');
    const entry: AddressRecord = { v: 1, kind: 'alias', id: alias.id };
    await this.#create(keys.address(name), entry, `the address ${name} is taken`);
    return alias;
  }

  listAliases(): Promise<Alias[]> {
    return this.#list<Alias>('alias');
  }

  async removeAlias(address: string): Promise<void> {
    const alias = await this.#find('alias', address);
    await this.#remove(keys.address(alias.name), `there is no alias ${address}`);
    await this.#remove(keys.alias(alias.id), '');
  }

  /** An address in one of our domains, in canonical form. */
  async #ours(text: string): Promise<{ domain: DomainRecord; name: string }> {
    const address = splitAddress(text.trim());
    const ascii = address === null ? '' : domainToASCII(address.domain);
    // Control characters, spaces and quotes have no place in an address that we give out.
    if (
      address === null ||
      ascii === '' ||
      /[\s"<>,;:\\()[\]\p{Cc}]/u.test(address.localPart) ||
      Buffer.byteLength(address.localPart) > 64
    )
      throw new DirectoryConflict('INVALID', `${JSON.stringify(text)} is not an address`);
    const domain = (await this.#read<DomainRecord>(keys.domain(ascii)))?.value;
    if (domain === undefined) throw new DirectoryConflict('NOT_FOUND', `there is no domain ${ascii}: add it first`);
    return { domain, name: canonical({ localPart: address.localPart, domain: ascii }) };
  }

  async #find(kind: 'account' | 'alias', text: string): Promise<{ id: string; name: string }> {
    const { name } = await this.#ours(text);
    const entry = (await this.#read<AddressRecord>(keys.address(name)))?.value;
    if (entry?.kind !== kind) throw new DirectoryConflict('NOT_FOUND', `there is no ${kind} ${name}`);
    return { id: entry.id, name };
  }

  /** The first account of a domain answers for `postmaster@` and `abuse@` until they have records of their own. */
  async #namePostmaster(domain: string, accountId: string): Promise<void> {
    for (;;) {
      const found = await this.#read<DomainRecord & { postmaster?: string }>(keys.domain(domain));
      if (found === null || found.value.postmaster !== undefined) return;
      const named = { ...found.value, postmaster: accountId };
      try {
        return await this.#put(keys.domain(domain), named, 'KV_directory', '$KV.directory.', found.revision);
      } catch (error) {
        // Another administrator changed the domain meanwhile; it may have its postmaster now.
        if (!(error instanceof Conflict)) throw error;
      }
    }
  }

  /** `postmaster@` always has somebody (RFC 5321 §4.5.1): when its account goes, the domain's oldest one answers. */
  async #passPostmasterOn(gone: { id: string; name: string }): Promise<void> {
    const domain = gone.name.slice(gone.name.lastIndexOf('@') + 1);
    const found = await this.#read<DomainRecord & { postmaster?: string }>(keys.domain(domain));
    if (found?.value.postmaster !== gone.id) return;
    const others = (await this.listAccounts()).filter(
      ({ id, address }) => id !== gone.id && address.endsWith(`@${domain}`),
    );
    const [heir] = others.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
    const { postmaster: _gone, ...rest } = found.value;
    const record = heir === undefined ? rest : { ...rest, postmaster: heir.id };
    await this.#put(keys.domain(domain), record, 'KV_directory', '$KV.directory.', found.revision);
  }

  async #read<T>(key: string): Promise<{ value: T; revision: number } | null> {
    const found = await this.#bus.readBack('KV_directory', `$KV.directory.${key}`);
    if (found === null || found.data.length === 0) return null;
    return { value: JSON.parse(Buffer.from(found.data).toString('utf8')) as T, revision: found.seq };
  }

  async #create(key: string, record: object, taken: string): Promise<void> {
    const found = await this.#bus.readBack('KV_directory', `$KV.directory.${key}`);
    // A deleted key keeps a marker, whose revision the new record replaces.
    if (found !== null && found.data.length > 0) throw new DirectoryConflict('EXISTS', taken);
    try {
      await this.#put(key, record, 'KV_directory', '$KV.directory.', found?.seq ?? 0);
    } catch (error) {
      if (error instanceof Conflict) throw new DirectoryConflict('EXISTS', taken);
      throw error;
    }
  }

  async #put(
    key: string,
    record: object,
    stream: 'KV_directory' | 'KV_verifiers',
    prefix: string,
    expect?: number,
  ): Promise<void> {
    const options = { msgId: newId(), ...(expect === undefined ? {} : { expect }) };
    await this.#bus.publish(stream, `${prefix}${key}`, Buffer.from(JSON.stringify(record)), options);
  }

  async #remove(key: string, missing: string): Promise<void> {
    if ((await this.#read(key)) === null) throw new DirectoryConflict('NOT_FOUND', missing);
    await this.#delete(`$KV.directory.${key}`);
  }

  /** KV's delete marker: watchers see it, readers see nothing. */
  async #delete(subject: string): Promise<void> {
    const stream = subject.startsWith('$KV.verifiers') ? 'KV_verifiers' : 'KV_directory';
    await this.#bus.publish(stream, subject, Buffer.alloc(0), { msgId: newId(), headers: { 'KV-Operation': 'DEL' } });
  }

  async #list<T>(kind: string): Promise<T[]> {
    const info = await this.#bus.jsm.streams.info('KV_directory', { subjects_filter: `$KV.directory.${kind}.>` });
    const subjects = Object.keys(info.state.subjects ?? {});
    const records: T[] = [];
    for (let at = 0; at < subjects.length; at += 64) {
      const found = await Promise.all(
        subjects.slice(at, at + 64).map((s) => this.#read<T>(s.slice('$KV.directory.'.length))),
      );
      for (const each of found) if (each !== null) records.push(each.value);
    }
    return records;
  }
}

const now = () => new Date().toISOString();
