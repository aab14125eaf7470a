import type { Bus } from '@postroad/bus';
import type { DirectoryReader } from '@postroad/directory';
import type { MailStore } from '@postroad/mailstore';
import type { Spool } from '@postroad/spool';
import type { Logger, MailEvent, Metrics, Tracing } from '@postroad/telemetry';
import type { ChangeHints } from '../imap/types.ts';

export interface DeliverDeps {
  readonly bus: Bus;
  readonly spool: Spool;
  readonly directory: DirectoryReader;
  readonly store: MailStore;
  readonly hints: ChangeHints;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly events: (event: Omit<MailEvent, 'at'>) => void;
  readonly metrics: Metrics;
}

export interface DeliverConfig {
  /** Our name in notifications. */
  readonly hostname: string;
  /** Name of this process in leases. */
  readonly instance: string;
  /** A full mailbox: tried again for days, or sent back at once. Default `defer`. */
  readonly overQuota?: 'defer' | 'refuse';
  /** Items in one transaction. Default 64. */
  readonly batch?: number;
  /** Batches on the way at once: one is being written while the next reads its contents. Default 3. */
  readonly concurrency?: number;
}
