import { randomBytes } from 'node:crypto';
import type { Bus } from '@postroad/bus';
import { makeQueueId, type QueueId } from '@postroad/mail';
import { Admission } from './admission.ts';
import { ByteBudget } from './budget.ts';
import { readSpooled, spoolMessage } from './read.ts';
import { RecentHeads } from './recent-heads.ts';
import type { Spool, SpoolMessage, SpoolWrite } from './types.ts';
import { type SpoolSizes, Writer } from './write.ts';

export interface SpoolOptions extends Partial<SpoolSizes> {
  /** Bytes of content this process holds at once. Default 64 MiB. */
  readonly budgetBytes?: number;
  /** Bytes of heads kept for a moment after `remember`. Default 16 MiB. */
  readonly recentBytes?: number;
  /** Monitoring addresses of the brokers, to see their disks fill. */
  readonly monitors?: readonly string[];
}

/** The spool over JetStream, with what it takes to end its background work. */
export async function openSpool(
  bus: Bus,
  options: SpoolOptions = {},
): Promise<Spool & { close(): void; readonly usedBytes: number }> {
  const { budgetBytes = 64 * 1024 ** 2, recentBytes = 16 * 1024 ** 2, monitors = [], ...given } = options;
  const sizes: SpoolSizes = { inlineBytes: 128 * 1024, chunkBytes: 256 * 1024, deadlineMs: 480_000, ...given };
  const budget = new ByteBudget(budgetBytes);
  const recent = new RecentHeads(recentBytes);
  const admission = new Admission(bus, monitors);
  await admission.refresh();
  return {
    open: (queueId?: QueueId): SpoolWrite =>
      new Writer(bus, budget, sizes, queueId ?? makeQueueId(Date.now(), randomBytes(10))),
    read: async (queueId: QueueId): Promise<SpoolMessage | null> => {
      const known = recent.get(queueId);
      return known === undefined ? readSpooled(bus, queueId) : spoolMessage(bus, known);
    },
    remember: (queueId: QueueId, head: Uint8Array) => recent.add(queueId, head),
    admits: () => admission.open,
    close: () => admission.stop(),
    get usedBytes() {
      return budget.used;
    },
  };
}
