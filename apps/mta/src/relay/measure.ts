import { type Metrics, METRICS } from '@postroad/telemetry';
import type { BusyDomains } from './busy-domains.ts';
import type { ScheduleStats } from './schedule.ts';

/** A scrape reads several gauges: one look at all records serves them. */
const FRESH_MS = 500;

interface Measured {
  stats(): ScheduleStats & { readonly shards: number; readonly connections: number };
}

/** Registers what is read of a relay at each scrape. */
export function measureRelay(metrics: Metrics, pool: string, relay: Measured, busiest: BusyDomains): void {
  let last = relay.stats();
  let at = performance.now();
  const stats = () => {
    if (performance.now() - at > FRESH_MS) {
      last = relay.stats();
      at = performance.now();
    }
    return last;
  };
  metrics.gauge(METRICS.relayDue, { pool }, () => stats().due);
  metrics.gauge(METRICS.relayOldestDue, { pool }, () => stats().oldestDueMs / 1_000);
  metrics.gauge(METRICS.relayOldestMessage, { pool }, () => stats().oldestMessageMs / 1_000);
  metrics.gauge(METRICS.relayConnections, { pool }, () => stats().connections);
  metrics.gauge(METRICS.relayShards, { pool }, () => stats().shards);
  metrics.gauges(METRICS.relayQueue, () =>
    Object.entries(stats().standing).map(([state, value]) => ({ labels: { pool, state }, value })),
  );
  metrics.gauges(METRICS.relayDestination, () =>
    [...busiest.read()].map(({ destination, outcome, value }) => ({ labels: { pool, destination, outcome }, value })),
  );
}
