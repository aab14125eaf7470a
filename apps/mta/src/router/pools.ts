import { DEFAULT_POOL, type RecordRecipient } from '@postroad/bus';
import type { DirectoryReader } from '@postroad/directory';
import type { SpoolHead } from '@postroad/spool';
import { type Logger, type Metrics, METRICS } from '@postroad/telemetry';
import type { RemoteRecipient } from './expand.ts';

/** A recipient elsewhere, with the source pool whose relays take the message to him. */
export interface Pooled {
  readonly recipient: RecordRecipient;
  readonly pool: string;
}

interface PoolDeps {
  readonly directory: DirectoryReader;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Chooses source pools (ADR 0032): by the domain that answers for the mail. That is the one of an authenticated sender's
 * reverse-path (of his account, when the path is null or not ours); for everybody else's mail the one of the alias that sends
 * it on. A reverse-path that nobody proved chooses nothing.
 */
export class PoolChooser {
  readonly #deps: PoolDeps;
  readonly #known: ReadonlySet<string>;
  readonly #warned = new Set<string>();

  /** `known`: pools that have relays. */
  constructor(deps: PoolDeps, known: readonly string[]) {
    this.#deps = deps;
    this.#known = new Set([DEFAULT_POOL, ...known]);
  }

  /** @throws DirectoryUnavailable */
  async choose(head: SpoolHead, remote: readonly RemoteRecipient[]): Promise<Pooled[]> {
    if (remote.length === 0) return [];
    const sender = await this.#senderDomain(head);
    const pools = new Map<string, string>();
    const pooled: Pooled[] = [];
    for (const { recipient, via } of remote) {
      const domain = sender ?? via;
      let pool = domain === null ? DEFAULT_POOL : pools.get(domain);
      if (domain !== null && pool === undefined) pools.set(domain, (pool = await this.#poolOf(domain)));
      pooled.push({ recipient, pool: pool ?? DEFAULT_POOL });
    }
    return pooled;
  }

  async #senderDomain({ origin, envelope: { reversePath } }: SpoolHead): Promise<string | null> {
    if (origin.accountId === undefined) return null;
    if (reversePath !== null && (await this.#deps.directory.domain(reversePath.domain)) !== null)
      return reversePath.domain;
    const account = await this.#deps.directory.account(origin.accountId);
    return account === null ? null : account.address.slice(account.address.lastIndexOf('@') + 1);
  }

  async #poolOf(domain: string): Promise<string> {
    const pool = (await this.#deps.directory.domain(domain))?.pool ?? DEFAULT_POOL;
    if (this.#known.has(pool)) return pool;
    this.#deps.metrics.count(METRICS.poolUnknown, {});
    // A record in a pool without relays would wait for ever.
    if (!this.#warned.has(domain)) {
      if (this.#warned.size >= 1_000) this.#warned.clear();
      this.#warned.add(domain);
      this.#deps.logger.warn(
        { domain, pool },
        'the source pool of a domain is not in relayPools: its mail leaves by the default one',
      );
    }
    return DEFAULT_POOL;
  }
}
