/**
 * NAME       relay: the sending half of the MTA
 * CONSUMES   QUEUE (records with transport `smtp`), SPOOL (contents), leases `relay.<shard>` (of another pool than the default one: `relay.<pool>.<shard>`)
 * PRODUCES   SMTP to the world; states of QUEUE records; notifications in SPOOL; events, spans
 * STANDARDS  RFC 5321 (§4.5.3.2, §4.5.4.1, §5.1), 3207, 1870, 6152, 6531, 3461, 8689, 7505, 2034
 * SECURITY   opportunistic TLS (RFC 7435); no password before TLS; never connects to this machine unless told to
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { endsWithin, queuePlaceOf } from '@postroad/bus';
import { Offering } from '../offers/offering.ts';
import { BusyDomains } from './busy-domains.ts';
import { ConnectionSlots } from './connection-slots.ts';
import type { RelayContext, RelayDeps } from './context.ts';
import { Destination } from './destination.ts';
import { Follower } from './follow.ts';
import { measureRelay } from './measure.ts';
import { RouteFinder } from './resolve-mx.ts';
import { type Entry, isGrant, Schedule, type ScheduleStats } from './schedule.ts';
import { type RelayConfig, type RelaySettings, withDefaults } from './settings.ts';
import { Shards } from './shards.ts';
import { RelayWork } from './work.ts';

/** What is going on: for /metrics, /readyz and tests. */
interface RelayStats extends ScheduleStats {
  readonly shards: number;
  readonly destinations: number;
  readonly connections: number;
}

/** A running relay role. */
export interface Relay {
  /** Begins no more attempts, lets those under way end (for `ms`, 30 s by default), cuts the rest, gives the shards up. */
  drain(ms?: number): Promise<void>;
  stats(): RelayStats;
  /** Why it cannot take part now, in one line; null when it can. */
  trouble(): string | null;
}

const DRAIN_MS = 30_000;
/** For the outcome of what was cut, and for the leases. */
const SETTLE_MS = 2_000;
const SWEEP_MS = 1_000;
/** A record whose claim the router wrote waits here no longer, ms. */
const GRANT_MS = 3_000;

export async function startRelay(deps: RelayDeps, config: RelayConfig): Promise<Relay> {
  const relay = new RelayRole(deps, withDefaults(config));
  relay.start();
  return relay;
}

class RelayRole implements Relay {
  readonly #deps: RelayDeps;
  readonly #settings: RelaySettings;
  readonly #schedule: Schedule;
  readonly #shards: Shards;
  readonly #slots: ConnectionSlots;
  readonly #work: RelayWork;
  readonly #offering: Offering;
  readonly #busiest = new BusyDomains();
  readonly #destinations = new Map<string, Destination>();
  #followers: Follower[] = [];
  #sweeper: NodeJS.Timeout | null = null;
  #draining = false;
  /** performance.now() at which a drain cuts what is still under way. */
  #cutAt = Infinity;

  constructor(deps: RelayDeps, settings: RelaySettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#slots = new ConnectionSlots(settings.maxConnections, settings.maxPerDestination);
    this.#slots.onFree = () => this.#destinations.forEach((destination) => destination.wake());
    this.#slots.onRefused = () => this.#destinations.forEach((destination) => destination.yieldIdle());
    this.#schedule = new Schedule((entry) => this.#due(entry));
    this.#shards = new Shards(deps, settings, {
      onAcquired: (shards) => this.#follow(shards),
      onLost: (shard) => this.#lost(shard),
      onGivingUp: (shard) => this.#giveUp(shard),
    });
    const context: RelayContext = {
      deps,
      settings,
      schedule: this.#schedule,
      shards: this.#shards,
      busiest: this.#busiest,
    };
    this.#work = new RelayWork(context, new RouteFinder(settings));
    this.#offering = new Offering(deps.bus, {
      ...{ pool: settings.pool, owner: this.#shards.owner },
      epochs: () => this.#shards.epochs(),
      busy: () => this.#schedule.allBusy(),
    });
  }

  start(): void {
    const { metrics } = this.#deps;
    measureRelay(metrics, this.#settings.pool, this, this.#busiest);
    this.#shards.run();
    this.#offering.run();
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  stats(): RelayStats {
    return {
      ...this.#schedule.stats(Date.now()),
      ...{ shards: this.#shards.owned().length, destinations: this.#destinations.size, connections: this.#slots.used },
    };
  }

  trouble(): string | null {
    return this.#shards.trouble();
  }

  async drain(ms = DRAIN_MS): Promise<void> {
    this.#draining = true;
    this.#offering.stop();
    this.#cutAt = performance.now() + ms;
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    // Grants that have come and are in no destination's hands yet: they are anybody's again.
    this.#schedule.flush();
    this.#schedule.stop();
    for (const destination of this.#destinations.values()) this.#putBack(destination.close());
    await endsWithin(this.#shards.stop(), ms + SETTLE_MS + 500);
    for (const destination of this.#destinations.values()) destination.cut(new Error('The relay stops'));
    for (const follower of this.#followers) follower.stop();
  }

  #due(entry: Entry): void {
    if (this.#draining || !this.#shards.owns(entry.shard)) {
      if (isGrant(entry)) return this.#work.leave(entry);
      // Forgotten in a moment, when the shard is gone.
      return this.#schedule.postpone(entry, Date.now() + SWEEP_MS);
    }
    // With a smart host there is one destination, and its connections serve everybody.
    const name = this.#settings.smartHost === undefined ? entry.domain : '';
    let destination = this.#destinations.get(name);
    if (destination === undefined) {
      destination = new Destination(name, this.#settings, this.#slots, this.#work.for(name));
      this.#destinations.set(name, destination);
    }
    destination.add(entry);
  }

  #follow(shards: readonly number[]): void {
    const follower = new Follower(this.#deps, this.#settings.pool, shards, (seen) => {
      if (this.#shards.owns(queuePlaceOf(seen.subject).shard)) this.#schedule.observe(seen);
    });
    this.#followers.push(follower);
    follower.run();
    this.#deps.logger.info({ pool: this.#settings.pool, shards }, 'relaying for queue shards');
  }

  #lost(shard: number): void {
    this.#leaveShard(shard);
    // Attempts under way may still end well; after a lease's time somebody else may repeat them.
    setTimeout(() => this.#work.cut(shard, this.#shards.epochOf(shard)), this.#settings.leaseTtl).unref();
  }

  async #giveUp(shard: number): Promise<boolean> {
    this.#offering.say();
    for (const destination of this.#destinations.values()) this.#putBack(destination.release(shard));
    const until = performance.now() + DRAIN_MS;
    while (this.#schedule.busy(shard) > 0 && performance.now() < Math.min(until, this.#cutAt)) await sleep(20);
    this.#work.cut(shard, null);
    // What was cut is written down as deferred.
    for (let i = 0; i < SETTLE_MS / 20 && this.#schedule.busy(shard) > 0; i++) await sleep(20);
    const stopped = this.#schedule.busy(shard) === 0;
    this.#leaveShard(shard);
    return stopped;
  }

  #leaveShard(shard: number): void {
    for (const destination of this.#destinations.values()) this.#putBack(destination.release(shard));
    this.#schedule.forgetShard(shard);
    this.#followers = this.#followers.filter((follower) => {
      follower.shards.delete(shard);
      if (follower.shards.size === 0) follower.stop();
      return follower.shards.size > 0;
    });
  }

  #putBack({ waiting, claimed }: ReturnType<Destination['release']>): void {
    for (const entry of waiting) this.#work.leave(entry);
    for (const each of claimed) void this.#work.back(each);
  }

  #sweep(): void {
    const now = Date.now();
    for (const [name, destination] of this.#destinations) {
      for (const entry of destination.overdueGrants(GRANT_MS)) this.#work.leave(entry);
      destination.pump();
      if (destination.forgettable(now)) this.#destinations.delete(name);
    }
    for (const { shards, position } of this.#followers) this.#schedule.sweep(shards, position);
  }
}
