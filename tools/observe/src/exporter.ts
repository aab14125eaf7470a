/**
 * Series of prometheus-nats-exporter 0.17 that dashboards use, with the labels that they use. It runs beside each server with `-varz`
 * (numbers of the server's own /varz, after `gnatsd_varz_`), `-healthz` and `-jsz all`. Source: its collectors (jsz.go, healthz.go, collector.go).
 */
export const EXPORTER = {
  gnatsd_varz_connections: ['server_id'],
  gnatsd_varz_slow_consumers: ['server_id'],
  gnatsd_varz_in_msgs: ['server_id'],
  gnatsd_varz_out_msgs: ['server_id'],
  gnatsd_varz_in_bytes: ['server_id'],
  gnatsd_varz_out_bytes: ['server_id'],
  gnatsd_varz_mem: ['server_id'],
  gnatsd_varz_cpu: ['server_id'],
  gnatsd_healthz_status: ['server_id'],
  jetstream_server_total_message_bytes: ['server_name'],
  jetstream_server_total_messages: ['server_name'],
  jetstream_consumer_num_redelivered: ['stream_name', 'consumer_name', 'is_consumer_leader'],
  jetstream_consumer_num_waiting: ['stream_name', 'consumer_name', 'is_consumer_leader'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ExporterName = keyof typeof EXPORTER;
