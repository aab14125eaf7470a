import { counter, gauge, histogram, LONG_SECONDS } from './definition.ts';

/** What ops sees of the broker and of the whole road. One ops process tells of each. */
export const OPS_METRICS = {
  opsStoreReady: gauge('postroad_ops_store_ready', 'Whether the event store works.'),
  eventsIngested: counter('postroad_ops_events_total', 'Events kept for `postroad trace`.'),
  spansIngested: counter('postroad_ops_spans_total', 'Spans kept.'),
  eventsUnreadable: counter('postroad_ops_events_unreadable_total', 'Event batches of an unknown version.'),
  exportsRefused: counter('postroad_ops_exports_refused_total', 'OTLP exports that were not stored.', ['status']),
  opsRefused: counter('postroad_ops_refused_total', 'Requests without the right token.'),
  streamBytes: gauge('postroad_stream_bytes', 'Bytes that a JetStream stream holds.', ['stream']),
  streamMaxBytes: gauge('postroad_stream_max_bytes', 'Bytes that it may hold.', ['stream']),
  streamMessages: gauge('postroad_stream_messages', 'Messages that it holds.', ['stream']),
  streamOldest: gauge('postroad_stream_oldest_seconds', 'Age of its oldest message; 0 when empty.', ['stream']),
  streamReplicasBehind: gauge(
    'postroad_stream_replicas_behind',
    'Replicas that are offline or lag behind its leader.',
    ['stream'],
  ),
  consumerPending: gauge('postroad_consumer_pending', 'Messages that no process has been given yet.', [
    'stream',
    'consumer',
  ]),
  consumerAckPending: gauge('postroad_consumer_ack_pending', 'Messages given out and not yet acknowledged.', [
    'stream',
    'consumer',
  ]),
  consumerMissing: gauge('postroad_consumer_missing', 'Whether a consumer that the road needs is not there (1).', [
    'stream',
    'consumer',
  ]),
  brokerStorageBytes: gauge('postroad_broker_storage_bytes', 'File storage that JetStream uses on a server.', [
    'server',
  ]),
  brokerStorageMaxBytes: gauge('postroad_broker_storage_max_bytes', 'File storage that it may use there.', ['server']),
  brokerLook: gauge(
    'postroad_broker_look_timestamp_seconds',
    'Unix time of the last look at the broker that succeeded.',
  ),
  canaryRuns: counter(
    'postroad_canary_runs_total',
    'Messages sent by submission and looked for over IMAP; outcome `ok`, or the step that failed: `submit`, `wait` (until it is visible), `read` (as it was sent, and deleted).',
    ['outcome'],
  ),
  canarySuccess: gauge('postroad_canary_success', 'Whether the last one arrived (1).'),
  canaryLast: gauge('postroad_canary_last_success_timestamp_seconds', 'Unix time at which the last one arrived.'),
  canarySeconds: histogram('postroad_canary_seconds', 'Submission until visible over IMAP.', [], LONG_SECONDS),
} as const;
