import { counter, gauge, histogram } from './definition.ts';

/** What every agent tells of itself, its broker and the steps of mail that it took. */
export const AGENT_METRICS = {
  buildInfo: gauge('postroad_build_info', 'Always 1; the version is in the label.', ['agent', 'version']),
  ready: gauge('postroad_ready', 'Whether the agent can do its work (1), asked as by /readyz at each scrape.'),
  mailEvents: counter(
    'postroad_mail_events_total',
    'Steps of messages (those of `postroad trace`), by the first two numbers of their enhanced status (RFC 3463).',
    ['agent', 'step', 'status'],
  ),
  eventsDropped: counter('postroad_events_dropped_total', 'Events dropped because the broker was away.'),
  busConnected: gauge('postroad_bus_connected', 'Whether the connection to the broker stands (1) or is sought (0).'),
  busReconnects: counter('postroad_bus_reconnects_total', 'Connections to the broker that had to be made again.'),
  busPublish: histogram('postroad_bus_publish_seconds', 'Publish until the acknowledgement of the broker.', ['stream']),
  busPublishFailures: counter(
    'postroad_bus_publish_failures_total',
    'Publishes refused by the broker or given up; code as `STREAM_FULL`, `BUS_UNAVAILABLE`, `CONFLICT`.',
    ['stream', 'code'],
  ),
  tlsExpiry: gauge('postroad_tls_certificate_expiry_seconds', 'Unix time at which a certificate in use ends.', [
    'name',
  ]),
} as const;
