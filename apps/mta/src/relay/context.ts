import type { Bus, BusLogger } from '@postroad/bus';
import type { Spool } from '@postroad/spool';
import type { MailEvent, Metrics, Tracing } from '@postroad/telemetry';
import type { BusyDomains } from './busy-domains.ts';
import type { Schedule } from './schedule.ts';
import type { RelaySettings } from './settings.ts';

/** What the role is given. */
export interface RelayDeps {
  readonly bus: Bus;
  readonly spool: Spool;
  readonly logger: BusLogger;
  readonly events: (event: Omit<MailEvent, 'at'>) => void;
  readonly tracing: Tracing;
  readonly metrics: Metrics;
}

/** What the rooms of the role ask of shard ownership. */
export interface ShardOwnership {
  /** The fencing epoch under which new attempts may begin; null: none may. */
  epochOf(shard: number): number | null;
  /** Whether the shard is ours and shall stay so. */
  owns(shard: number): boolean;
  /** performance.now() when the shard was taken over; null when it is not ours. */
  ownedSince(shard: number): number | null;
  /** The epoch before ours, when it is surely over; `cleanly`: nothing of it was under way in the end. */
  epochBefore(shard: number): { readonly epoch: number; readonly cleanly: boolean } | null;
}

/** What the rooms of the role share. */
export interface RelayContext {
  readonly deps: RelayDeps;
  readonly settings: RelaySettings;
  readonly schedule: Schedule;
  readonly shards: ShardOwnership;
  readonly busiest: BusyDomains;
}
