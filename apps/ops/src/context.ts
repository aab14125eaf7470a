import type { Bus, BusLogger } from '@postroad/bus';
import type { DirectoryWriter } from '@postroad/directory';
import type { Spool } from '@postroad/spool';
import type { Metrics } from '@postroad/telemetry';
import type { OperatorDeps } from '@postroad/spool';
import type { QueueReader } from './queue/overview.ts';
import type { EventStore } from './store/event-store.ts';

/** What API and console stand on. */
export interface OpsContext {
  readonly bus: Bus;
  readonly logger: BusLogger;
  readonly metrics: Metrics;
  readonly directory: DirectoryWriter;
  readonly spool: Spool;
  readonly store: EventStore;
  readonly queue: QueueReader;
  readonly operator: OperatorDeps;
  readonly agents: readonly { name: string; url: string }[];
  /** Null when ops can do its own work; otherwise why not. The other agents do not matter here. */
  readonly ready: () => string | null;
}
