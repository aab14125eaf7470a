import { type Bus, type BusLogger, type Consumption, CONSUMERS } from '@postroad/bus';
import { type Metrics, METRICS } from '@postroad/telemetry';
import type { EventStore } from '../store/event-store.ts';

/** Publishes (of up to 200 events) written in one transaction. */
const BATCH = 32;

/** Stream EVENTS → the store: acked after the commit. What it cannot write now it takes again later; mail waits for nothing here. */
export function consumeEvents(bus: Bus, store: EventStore, metrics: Metrics, logger: BusLogger): Promise<Consumption> {
  return bus.consume({
    ...CONSUMERS.ingest,
    filter: 'evt.*',
    maxBatch: BATCH,
    inFlight: 2 * BATCH,
    handler: async (items) => {
      // The stream's own number and time: a redelivery has the same, a stream that was made anew has not.
      const written = await store.writeEvents(
        items.map((item) => ({ key: `${item.seq}@${item.info.timestampNanos}`, data: item.data })),
      );
      for (const item of items) item.ack();
      metrics.count(METRICS.eventsIngested, {}, written.events);
      if (written.skipped > 0) metrics.count(METRICS.eventsUnreadable, {}, written.skipped);
    },
    onError: (error) => logger.warn({ err: error }, 'events could not be stored; trying again'),
  });
}
