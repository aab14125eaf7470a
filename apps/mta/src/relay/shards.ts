import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lease, type LeaseBefore, relayLeases, SHARDS } from '@postroad/bus';
import type { RelayDeps, ShardOwnership } from './context.ts';
import { Members } from './members.ts';
import type { RelaySettings } from './settings.ts';

/** What ownership does to the rest of the role. */
export interface ShardEvents {
  /** These became ours at about the same time. */
  readonly onAcquired: (shards: readonly number[]) => void;
  /** The lease is gone: begin nothing; what is under way has one more lease's time, then it is cut. */
  readonly onLost: (shard: number) => void;
  /** It is to be given up: resolves when nothing of it is under way any more (true), or when it was waited for long enough. */
  readonly onGivingUp: (shard: number) => Promise<boolean>;
}

interface Held {
  readonly lease: Lease;
  /** performance.now() of the acquisition; null while it is only competed for. */
  since: number | null;
  before: LeaseBefore;
  leaving: boolean;
}

/** Shards that come within this time (ms) are read by one consumer. */
const GATHER_MS = 50;

/**
 * The shards of this process (DESIGN §3.5), of its pool. Each is a lease `relay.<n>`, in other pools than the default one
 * `relay.<pool>.<n>`. A process wants ceil(SHARDS / processes of the pool) of them
 * (`members.ts`): it competes while it has fewer, begins at a random one, and gives those beyond its share up once their
 * attempts have ended. One process alone so takes all at once; a second one gets half within a few seconds; a killed one's
 * are taken over when its presence and then its leases have run out (about 2.5 lease times).
 */
export class Shards implements ShardOwnership {
  readonly #deps: RelayDeps;
  readonly #events: ShardEvents;
  readonly #ttl: number;
  readonly #pool: string;
  readonly #owner: string;
  readonly #held = new Map<number, Held>();
  readonly #members: Members;
  #target: number = SHARDS;
  /** Lost by their time: what was under way of them here may be so still, whoever owns them. */
  readonly #lost = new Set<number>();
  #gathered: number[] = [];
  #stopping = false;

  constructor(
    deps: RelayDeps,
    { leaseTtl, instance, pool }: Pick<RelaySettings, 'leaseTtl' | 'instance' | 'pool'>,
    events: ShardEvents,
  ) {
    this.#pool = pool;
    this.#owner = instance ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
    this.#deps = deps;
    this.#events = events;
    this.#ttl = leaseTtl;
    this.#members = new Members(deps.bus, {
      ...{ pool, owner: this.#owner, everyMs: leaseTtl / 2, logger: deps.logger },
      onCount: (count) => this.#balance(count),
    });
  }

  run(): void {
    this.#members.run();
  }

  epochOf(shard: number): number | null {
    const held = this.#held.get(shard);
    return held === undefined || held.leaving || held.since === null ? null : held.lease.epoch;
  }

  epochBefore(shard: number): { readonly epoch: number; readonly cleanly: boolean } | null {
    const epoch = this.epochOf(shard);
    const before = this.#held.get(shard)?.before ?? 'expired';
    return epoch === null || before === 'expired' ? null : { epoch: epoch - 1, cleanly: before === 'free' };
  }

  /** Epochs of the shards that are ours and shall stay so. */
  epochs(): Record<number, number> {
    const epochs: Record<number, number> = {};
    for (const shard of this.#held.keys()) {
      const epoch = this.epochOf(shard);
      if (epoch !== null) epochs[shard] = epoch;
    }
    return epochs;
  }

  get owner(): string {
    return this.#owner;
  }

  owns(shard: number): boolean {
    const held = this.#held.get(shard);
    return held !== undefined && held.since !== null && !held.leaving;
  }

  ownedSince(shard: number): number | null {
    return this.#held.get(shard)?.since ?? null;
  }

  /** Why leases cannot be had or kept now; null when they can. */
  trouble(): string | null {
    return this.#members.trouble();
  }

  owned(): number[] {
    return [...this.#held].filter(([, held]) => held.since !== null && !held.leaving).map(([shard]) => shard);
  }

  /** Gives every shard up, in order: nothing of it under way, then its lease. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([this.#members.leave(), ...[...this.#held.keys()].map((shard) => this.#giveUp(shard))]);
  }

  #balance(members: number): void {
    if (this.#stopping) return;
    this.#target = Math.ceil(SHARDS / members);
    const owned = this.owned();
    for (const shard of owned.slice(this.#target)) void this.#giveUp(shard);
    if (owned.length >= this.#target) return this.#withdraw();
    const first = Math.floor(Math.random() * SHARDS);
    for (let i = 0; i < SHARDS; i++) {
      const shard = (first + i) % SHARDS;
      if (!this.#held.has(shard)) this.#compete(shard);
    }
  }

  /** Has enough: stops competing for the rest. */
  #withdraw(): void {
    for (const [shard, held] of this.#held) if (held.since === null && !held.leaving) void this.#giveUp(shard);
  }

  #compete(shard: number): void {
    const { bus, logger } = this.#deps;
    const held: Held = {
      since: null,
      before: 'expired',
      leaving: false,
      lease: Lease.compete(bus, relayLeases.shard(this.#pool, shard), {
        ...{ owner: this.#owner, ttlMs: this.#ttl, logger },
        onAcquired: (_epoch, before) => {
          held.since = performance.now();
          held.before = before === 'own' && this.#lost.has(shard) ? 'expired' : before;
          if (this.#stopping || this.owned().length > this.#target) void this.#giveUp(shard);
          else this.#gather(shard);
        },
        onLost: () => {
          held.since = null;
          this.#lost.add(shard);
          logger.warn({ shard }, 'lost the lease of a queue shard');
          this.#events.onLost(shard);
        },
      }),
    };
    this.#held.set(shard, held);
  }

  #gather(shard: number): void {
    this.#gathered.push(shard);
    if (this.#gathered.length > 1) return;
    setTimeout(() => {
      const shards = this.#gathered.filter((each) => this.epochOf(each) !== null);
      this.#gathered = [];
      if (shards.length > 0) this.#events.onAcquired(shards);
    }, GATHER_MS);
  }

  async #giveUp(shard: number): Promise<void> {
    const held = this.#held.get(shard);
    if (held === undefined) return;
    if (held.leaving) {
      while (this.#stopping && this.#held.get(shard) === held) await sleep(20);
      return;
    }
    held.leaving = true;
    const stopped = held.since === null || (await this.#events.onGivingUp(shard));
    await held.lease.release(stopped);
    if (this.#held.get(shard) === held) this.#held.delete(shard);
  }
}
