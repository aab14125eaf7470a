import type { ExporterName } from '../exporter.ts';
import { m } from '../names.ts';
import { R } from '../rules/records.ts';
import { type Dashboard, lines, NS, quantile, rate, stat } from './panel.ts';

/** A gauge of the exporter, by server. */
const server = (name: ExporterName, by = 'server_id') => ({ [`{{${by}}}`]: `max by (${by}) (${name}{${NS}})` });
/** A number of the exporter that only grows, a second. */
const growth = (name: ExporterName) => ({
  '{{server_id}}': `sum by (server_id) (rate(${name}{${NS}}[$__rate_interval]))`,
});
const consumer = (name: ExporterName) => ({
  '{{stream_name}} {{consumer_name}}': `max by (stream_name, consumer_name) (${name}{${NS},is_consumer_leader="true"})`,
});

export const NATS: Dashboard = {
  name: 'nats',
  title: 'NATS',
  description: 'The broker: as ops sees it, and by its own exporter.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat(
          'Last look',
          'Time since ops last read the state of the broker; while it is old, the next ones are too.',
          's',
          { age: `time() - max(${m.brokerLook}{${NS}})` },
          { bad: { from: 180 } },
        ),
        stat(
          'Consumers missing',
          'That the road needs: nothing moves past one that is not there.',
          'none',
          { consumers: `sum(${m.consumerMissing}{${NS}})` },
          { bad: { from: 1 } },
        ),
        stat(
          'Replicas behind',
          'Copies of streams that are offline or lag.',
          'none',
          { replicas: `sum(${m.streamReplicasBehind}{${NS}})` },
          { bad: { from: 1 } },
        ),
        stat(
          'Servers not well',
          'By their own health check.',
          'none',
          { servers: `sum(${'gnatsd_healthz_status' satisfies ExporterName}{${NS}})` },
          { bad: { from: 1 } },
        ),
        stat(
          'Storage used',
          'Of the fullest server.',
          'percentunit',
          { used: `max(${R.brokerUsed}{${NS}})` },
          { bad: { from: 0.8 } },
        ),
      ],
    },
    {
      title: 'What agents see',
      panels: [
        lines(
          'Publish until acknowledged',
          '99 in 100, by stream; with `sync_interval: always` an fsync is in it.',
          's',
          { '{{stream}}': quantile(0.99, m.busPublish, NS, 'stream') },
        ),
        lines('Publishes', 'A second, by stream.', 'cps', {
          '{{stream}}': `sum by (stream) (rate(${m.busPublish}_count{${NS}}[$__rate_interval]))`,
        }),
        lines('Publishes that failed', 'A second. CONFLICT is a race that somebody else won, and harmless.', 'cps', {
          '{{stream}} {{code}}': rate(m.busPublishFailures, 'stream, code'),
        }),
        lines('Connections made again', 'A second, by role.', 'cps', { '{{role}}': rate(m.busReconnects, 'role') }),
      ],
    },
    {
      title: 'Streams',
      panels: [
        lines('Bytes', 'In each stream.', 'bytes', { '{{stream}}': `max by (stream) (${m.streamBytes}{${NS}})` }),
        lines(
          'Replicas behind',
          'By stream.',
          'none',
          { '{{stream}}': `max by (stream) (${m.streamReplicasBehind}{${NS}})` },
          { bad: { from: 1 } },
        ),
        lines(
          'Storage used',
          'Part of the file storage of each server.',
          'percentunit',
          { '{{server}}': `${R.brokerUsed}{${NS}}` },
          { bad: { from: 0.8 } },
        ),
        lines(
          'Given out again',
          'Messages of each consumer that were given out more than once and are not yet acknowledged.',
          'short',
          consumer('jetstream_consumer_num_redelivered'),
        ),
      ],
    },
    {
      title: 'Servers (exporter)',
      panels: [
        lines('Connections', 'Of clients.', 'short', server('gnatsd_varz_connections')),
        lines(
          'Slow consumers',
          'Clients cut off since the start because they did not read.',
          'short',
          server('gnatsd_varz_slow_consumers'),
        ),
        lines('Memory', 'Of each server.', 'bytes', server('gnatsd_varz_mem')),
        lines('Processor', 'In per cent of one.', 'short', server('gnatsd_varz_cpu')),
        lines('Messages in', 'A second.', 'mps', growth('gnatsd_varz_in_msgs')),
        lines('Messages out', 'A second.', 'mps', growth('gnatsd_varz_out_msgs')),
        lines('Bytes in', 'A second.', 'Bps', growth('gnatsd_varz_in_bytes')),
        lines('Bytes out', 'A second.', 'Bps', growth('gnatsd_varz_out_bytes')),
        lines(
          'JetStream: bytes',
          'Of all streams on each server.',
          'bytes',
          server('jetstream_server_total_message_bytes', 'server_name'),
          { width: 8 },
        ),
        lines(
          'JetStream: messages',
          'Of all streams on each server.',
          'short',
          server('jetstream_server_total_messages', 'server_name'),
          { width: 8 },
        ),
        lines(
          'Pulls waiting',
          'Requests of processes that are ready for more; 0 for long means nobody pulls.',
          'short',
          consumer('jetstream_consumer_num_waiting'),
          { width: 8 },
        ),
      ].map((panel) => ({ width: 6, ...panel })),
    },
  ],
};
