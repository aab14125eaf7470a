import { METRICS } from '@postroad/telemetry';

/** Names of the catalogue by key, so that a query cannot name a metric that is not in it. */
export const m = Object.fromEntries(Object.entries(METRICS).map(([key, { name }]) => [key, name])) as Readonly<
  Record<keyof typeof METRICS, string>
>;

/**
 * Labels that a scrape adds to every series: namespace and pod, and `role`, the component of the chart (`mta-mx`; `nats` for
 * the exporter). The PodMonitors and deploy/compose/prometheus.yaml set all three.
 */
export const TARGET_LABELS = ['namespace', 'pod', 'role'] as const;
