import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isAddressLiteral } from '@postroad/mail';
import { readAddressLiteral } from '@postroad/smtp';
import { type Fate, ownFate } from './reply-status.ts';
import type { RelaySettings } from './settings.ts';

/** An address to try, with the name it belongs to (for SNI, logs and DSNs). */
export interface Candidate {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** Where a destination's mail goes, best first; or why it goes nowhere (for now). */
export type Route = { readonly candidates: readonly Candidate[] } | { readonly fate: Fate };

/** RFC 5321 §5.1 asks for at least two addresses; a hostile zone must not make us try hundreds. */
const MAX_HOSTS = 10;
const MAX_CANDIDATES = 20;

type Lookup<T> = { readonly found: readonly T[] } | { readonly missing: 'name' | 'data' } | { readonly error: string };

/** NXDOMAIN and NODATA are facts; everything else (SERVFAIL, time-out, refusal) is trouble that may pass. */
async function ask<T>(query: Promise<readonly T[]>): Promise<Lookup<T>> {
  try {
    const found = await query;
    return found.length === 0 ? { missing: 'data' } : { found };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === 'ENOTFOUND') return { missing: 'name' };
    if (code === 'ENODATA') return { missing: 'data' };
    return { error: code };
  }
}

function shuffled<T>(list: readonly T[]): T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

const V4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Addresses that mean this machine (RFC 1122 §3.2.1.3, RFC 4291 §2.5): mail sent there comes back to us. */
function isOurOwn(address: string): boolean {
  const plain = V4_MAPPED.exec(address)?.[1] ?? address;
  return /^(127|0)\./.test(plain) || plain === '::1' || plain === '::';
}

export class RouteFinder {
  readonly #settings: RelaySettings;
  readonly #resolver: Resolver;

  constructor(settings: RelaySettings) {
    this.#settings = settings;
    this.#resolver = new Resolver({ timeout: 5_000, tries: 2 });
    if (settings.resolver !== undefined) this.#resolver.setServers([...settings.resolver]);
  }

  /** Where mail for `domain` (lower-case A-label or address literal) goes now (RFC 5321 §5.1). Never throws. */
  async find(domain: string): Promise<Route> {
    const { smartHost, hosts } = this.#settings;
    if (smartHost !== undefined) return this.#fixed([smartHost]);
    const given = hosts[domain];
    if (given !== undefined) return this.#fixed(given);
    if (isAddressLiteral(domain)) return this.#literal(domain);
    return this.#looked(domain);
  }

  /** Hosts that an administrator named: resolved as the system does it, and trusted with loopback. */
  async #fixed(hosts: readonly { readonly host: string; readonly port: number }[]): Promise<Route> {
    const candidates: Candidate[] = [];
    let trouble = 'no host is configured';
    for (const { host, port } of hosts) {
      const found = await lookup(host, { all: true }).catch((error: Error) => {
        trouble = error.message;
        return [];
      });
      const usable = this.#settings.ipv6 ? found : found.filter(({ family }) => family === 4);
      // One that has no other address, or is named by it, is what the administrator wants.
      candidates.push(...(usable.length > 0 ? usable : found).map(({ address }) => ({ host, address, port })));
    }
    if (candidates.length === 0)
      return { fate: ownFate('deferred', '4.4.3', `Cannot resolve the configured host: ${trouble}`) };
    return { candidates: candidates.slice(0, MAX_CANDIDATES) };
  }

  #literal(domain: string): Route {
    const literal = readAddressLiteral(domain);
    const address = literal?.slice(1, -1).replace(/^IPv6:/i, '');
    if (address === undefined || isIP(address) === 0)
      return { fate: ownFate('failed', '5.1.2', `${domain} is not an address that mail can be sent to`) };
    return this.#allowed([{ host: domain, address, port: this.#settings.port }], domain);
  }

  async #looked(domain: string): Promise<Route> {
    const mx = await ask(this.#resolver.resolveMx(domain));
    if ('error' in mx)
      return { fate: ownFate('deferred', '4.4.3', `Looking up the mail hosts of ${domain} failed: ${mx.error}`) };
    if ('missing' in mx)
      return mx.missing === 'name'
        ? { fate: ownFate('failed', '5.1.2', `The domain ${domain} does not exist`) }
        : this.#addressesOf(domain, [domain], '5.1.2', `The domain ${domain} has no mail hosts and no address`);
    const records = mx.found.map(({ exchange, priority }) => ({
      exchange: exchange.toLowerCase().replace(/\.$/, ''),
      priority,
    }));
    // RFC 7505 §3: a single record whose exchange is the root means "no mail here".
    if (records.every(({ exchange }) => exchange === ''))
      return { fate: ownFate('failed', '5.1.10', `The domain ${domain} accepts no mail (null MX)`) };
    const named = shuffled(records.filter(({ exchange }) => exchange !== '')).sort((a, b) => a.priority - b.priority);
    // RFC 5321 §5.1: when we are in the list, we and everybody less preferred are out of it.
    const own = named.find(({ exchange }) => exchange === this.#settings.hostname.toLowerCase());
    const usable = own === undefined ? named : named.filter(({ priority }) => priority < own.priority);
    if (usable.length === 0)
      return { fate: ownFate('failed', '5.4.6', `Mail for ${domain} loops back to this host, its best mail host`) };
    const none = `No mail host of ${domain} has an address`;
    return this.#addressesOf(
      domain,
      usable.slice(0, MAX_HOSTS).map(({ exchange }) => exchange),
      '5.4.4',
      none,
    );
  }

  async #addressesOf(
    domain: string,
    names: readonly string[],
    status: '5.1.2' | '5.4.4',
    none: string,
  ): Promise<Route> {
    let trouble: string | undefined;
    const perHost = await Promise.all(
      names.map(async (host) => {
        const [v6, v4] = await Promise.all([ask(this.#resolver.resolve6(host)), ask(this.#resolver.resolve4(host))]);
        for (const answer of [v6, v4]) if ('error' in answer) trouble = answer.error;
        const of = (answer: Lookup<string>) => ('found' in answer ? shuffled(answer.found) : []);
        // The first address of each family before the second of any: one family may have no way out.
        const [six, four] = [of(v6), of(v4)];
        const wanted = this.#settings.ipv6 || four.length === 0 ? six : [];
        const mixed = Array.from({ length: Math.max(wanted.length, four.length) }, (_, i) => [
          wanted[i],
          four[i],
        ]).flat();
        return mixed
          .filter((address) => address !== undefined)
          .map((address) => ({ host, address, port: this.#settings.port }));
      }),
    );
    const candidates = perHost.flat().slice(0, MAX_CANDIDATES);
    if (candidates.length > 0) return this.#allowed(candidates, domain);
    if (trouble !== undefined)
      return { fate: ownFate('deferred', '4.4.3', `Looking up the mail hosts of ${domain} failed: ${trouble}`) };
    return { fate: ownFate('failed', status, none) };
  }

  #allowed(candidates: readonly Candidate[], domain: string): Route {
    const { allowLoopback, sourceAddress, ipv6 } = this.#settings;
    const foreign = allowLoopback ? candidates : candidates.filter(({ address }) => !isOurOwn(address));
    if (foreign.length === 0)
      return { fate: ownFate('failed', '5.4.6', `The mail hosts of ${domain} are this machine`) };
    // A socket bound to an address of one family cannot reach the other.
    const family = sourceAddress === undefined ? 0 : isIP(sourceAddress);
    const usable = ipv6 ? foreign : foreign.filter(({ address }) => isIP(address) === 4);
    if (usable.length === 0)
      return {
        fate: ownFate(
          'deferred',
          '4.4.1',
          `The mail hosts of ${domain} have IPv6 addresses only, which are not used here`,
        ),
      };
    const reachable = family === 0 ? usable : usable.filter(({ address }) => isIP(address) === family);
    if (reachable.length === 0)
      return {
        fate: ownFate('deferred', '4.4.1', `No mail host of ${domain} can be reached from ${sourceAddress ?? ''}`),
      };
    return { candidates: reachable };
  }
}
