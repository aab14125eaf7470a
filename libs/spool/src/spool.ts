import { randomBytes } from 'node:crypto';
import type { Bus } from '@postroad/bus';
import { makeQueueId, type QueueId } from '@postroad/mail';
import { Admission } from './admission.ts';
import { ByteBudget } from './budget.ts';
import { readSpooled } from './read.ts';
import type { Spool, SpoolMessage, SpoolWrite } from './types.ts';
import { type SpoolSizes, Writer } from './write.ts';

export interface SpoolOptions extends Partial<SpoolSizes> {
  /** Bytes of content this process holds at once. Default 64 MiB. */
  readonly budgetBytes?: number;
  /** Monitoring addresses of the brokers, to see their disks fill. */
  readonly monitors?: readonly string[];
}

/** The spool over JetStream, with what it takes to end its background work. */
export async function openSpool(
  bus: Bus,
  options: SpoolOptions = {},
): Promise<Spool & { close(): void; readonly usedBytes: number }> {
  const { budgetBytes = 64 * 1024 ** 2, monitors = [], ...given } = options;
  const sizes: SpoolSizes = { inlineBytes: 128 * 1024, chunkBytes: 256 * 1024, deadlineMs: 480_000, ...given };
  const budget = new ByteBudget(budgetBytes);
  const admission = new Admission(bus, monitors);
  await admission.refresh();
  return {
    open: (queueId?: QueueId): SpoolWrite =>
      new Writer(bus, budget, sizes, queueId ?? makeQueueId(Date.now(), randomBytes(10))),
    read: (queueId: QueueId): Promise<SpoolMessage | null> => readSpooled(bus, queueId),
    admits: () => admission.open,
    close: () => admission.stop(),
    get usedBytes() {
      return budget.used;
    },
  };
}
