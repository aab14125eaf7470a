import { m } from '../names.ts';
import { R } from './records.ts';
import { type AlertRule, limit, NS } from './types.ts';

/** NATS JetStream, as ops sees it. */
export const BROKER_ALERTS: readonly AlertRule[] = [
  {
    alert: 'PostroadStreamFilling',
    severity: 'warning',
    // EVENTS drops its oldest when full: it is meant to be full.
    expr: `${R.streamUsed}{${NS},stream!="EVENTS"} > ${limit('streamUsedShare')}`,
    for: '5m',
    summary: 'A stream of mail fills up',
    description: '{{ $labels.stream }} is {{ $value | humanizePercentage }} full; at 85 % senders are told to wait.',
  },
  {
    alert: 'PostroadBrokerStorage',
    severity: 'critical',
    expr: `${R.brokerUsed}{${NS}} > ${limit('brokerUsedShare')}`,
    for: '5m',
    summary: 'The disk of the broker fills up',
    description: 'JetStream has used {{ $value | humanizePercentage }} of its file storage on {{ $labels.server }}.',
  },
  {
    alert: 'PostroadConsumerMissing',
    severity: 'critical',
    expr: `max by (namespace, stream, consumer) (${m.consumerMissing}{${NS}}) > 0`,
    for: '2m',
    summary: 'A consumer that the road needs is gone',
    description: 'Consumer {{ $labels.consumer }} of {{ $labels.stream }} is not there: nothing moves past it.',
  },
  {
    alert: 'PostroadConsumerBehind',
    severity: 'warning',
    expr: `max by (namespace, stream, consumer) (${m.consumerPending}{${NS}}) > ${limit('consumerPending')}`,
    for: '10m',
    summary: 'A consumer cannot keep up',
    description: '{{ $value | humanize }} messages of {{ $labels.stream }} wait for consumer {{ $labels.consumer }}.',
  },
  {
    alert: 'PostroadReplicasBehind',
    severity: 'warning',
    expr: `max by (namespace, stream) (${m.streamReplicasBehind}{${NS}}) > 0`,
    for: '10m',
    summary: 'A copy of a stream is missing or lags',
    description: '{{ $value }} replicas of {{ $labels.stream }} are offline or behind: one more loss stops mail.',
  },
  {
    alert: 'PostroadBrokerLookStale',
    severity: 'critical',
    expr: `time() - max by (namespace) (${m.brokerLook}{${NS}}) > ${limit('brokerLookSeconds')}`,
    for: '2m',
    summary: 'ops cannot look at the broker',
    description: 'The last look was {{ $value | humanizeDuration }} ago: the other alerts about the broker are blind.',
  },
  {
    alert: 'PostroadBrokerAway',
    severity: 'critical',
    expr: `min by (namespace, role, pod) (${m.busConnected}{${NS}}) == 0`,
    for: '2m',
    summary: 'An agent has no connection to the broker',
    description: '{{ $labels.pod }} ({{ $labels.role }}) has sought the broker for more than 2 minutes.',
  },
];
