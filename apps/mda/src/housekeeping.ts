import type { MailStore } from '@postroad/mailstore';
import type { Logger } from '@postroad/telemetry';

const HOUR_MS = 3_600_000;
/** The longest queue life and seven days: nothing comes a second time after that (DESIGN §3.4). */
const DELIVERY_KEYS_MS = 12 * 24 * HOUR_MS;

/** Once an hour: forgets old delivery keys, removes content no message refers to. */
export function startHousekeeping(store: MailStore, logger: Logger): { drain(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    try {
      const keys = await store.purgeDeliveries(Date.now() - DELIVERY_KEYS_MS);
      const bytes = await store.collectGarbage();
      if (keys > 0 || bytes > 0) logger.info({ keys, bytes }, 'forgot old delivery keys and unreferenced content');
    } catch (error) {
      logger.error({ err: error }, 'housekeeping of the store failed');
    }
  };
  const timer = setInterval(() => void (running = round()), HOUR_MS).unref();
  return {
    drain: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
