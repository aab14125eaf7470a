import { m } from '../names.ts';
import { R } from './records.ts';
import { type AlertRule, grew, limit, NS } from './types.ts';

const oldest = (stream: string, threshold: string) =>
  `max by (namespace, stream) (${m.streamOldest}{${NS},stream="${stream}"}) > ${threshold}`;

/** Mail that waits, was set aside, or is turned away. */
export const ROAD_ALERTS: readonly AlertRule[] = [
  {
    alert: 'PostroadRelayBehind',
    severity: 'critical',
    expr: `max by (namespace, pool) (${m.relayOldestDue}{${NS}}) > ${limit('relayDueSeconds')}`,
    for: '5m',
    summary: 'Outgoing mail is due and nobody sends it',
    description: 'In pool {{ $labels.pool }} a record has been due for {{ $value | humanizeDuration }}.',
  },
  {
    alert: 'PostroadRelayOldestMessage',
    severity: 'warning',
    expr: `max by (namespace, pool) (${m.relayOldestMessage}{${NS}}) > ${limit('relayOldestSeconds')}`,
    for: '15m',
    summary: 'A message has waited long for its destination',
    description: 'The oldest message of pool {{ $labels.pool }} has waited for {{ $value | humanizeDuration }}.',
  },
  {
    alert: 'PostroadNoRelay',
    severity: 'critical',
    expr:
      `(sum by (namespace, pool) (${m.relayShards}{${NS}}) == 0` +
      ` and on (namespace) max by (namespace) (${m.streamMessages}{${NS},stream="QUEUE"}) > 0)` +
      ` or (max by (namespace) (${m.streamMessages}{${NS},stream="QUEUE"}) > 0` +
      ` unless on (namespace) ${m.relayShards}{${NS}})`,
    for: '5m',
    summary: 'Outgoing mail waits and no relay owns a shard of the queue',
    description: 'QUEUE holds records, and no process{{ with $labels.pool }} of pool {{ . }}{{ end }} owns a shard.',
  },
  {
    alert: 'PostroadUnknownPool',
    severity: 'warning',
    expr: grew(m.poolUnknown, '30m'),
    for: '0s',
    summary: 'A domain names a source pool that has no relays',
    description:
      'In half an hour {{ $value | humanize }} times mail left by the pool `default` instead of the one that its domain names.',
  },
  {
    alert: 'PostroadDeferrals',
    severity: 'warning',
    expr:
      `${R.relayDeferred}{${NS}} > ${limit('deferredShare')}` +
      ` and on (namespace, pool) sum by (namespace, pool) (${R.relayRecipients}{${NS}}) > ${limit('deferredLeastPerSecond')}`,
    for: '15m',
    summary: 'Other hosts put off much of our mail',
    description: '{{ $value | humanizePercentage }} of the recipients tried by pool {{ $labels.pool }} are deferred.',
  },
  {
    alert: 'PostroadHeldRecords',
    severity: 'warning',
    expr: `sum by (namespace, pool) (${m.relayQueue}{${NS},state="held"}) > 0`,
    for: '10m',
    summary: 'Queue records wait for a person',
    description: '{{ $value }} records of pool {{ $labels.pool }} are held.',
  },
  {
    alert: 'PostroadDeliveryHeld',
    severity: 'warning',
    expr: grew(m.deliveriesHeld, '30m'),
    for: '0s',
    summary: 'Deliveries were put on hold',
    description: '{{ $value | humanize }} deliveries failed alone and were set aside by {{ $labels.role }}.',
  },
  {
    alert: 'PostroadUnreadable',
    severity: 'critical',
    expr: [m.headsUnreadable, m.deliveriesUnreadable, m.relayUnknown].map((each) => grew(each, '30m')).join(' or '),
    for: '0s',
    summary: 'Mail or its records cannot be read',
    description:
      '{{ $labels.role }} found {{ $value | humanize }} items that it cannot read; they stay where they are.',
  },
  {
    alert: 'PostroadSpoolOldest',
    severity: 'warning',
    expr: oldest('SPOOL', limit('spoolOldestSeconds')),
    for: '15m',
    summary: 'Content outlives the queue',
    description: 'The oldest content in SPOOL is {{ $value | humanizeDuration }} old; nothing may wait so long.',
  },
  {
    alert: 'PostroadDeliverOldest',
    severity: 'critical',
    expr: oldest('DELIVER', limit('deliverOldestSeconds')),
    for: '5m',
    summary: 'Mail waits for its mailbox',
    description: 'The oldest item in DELIVER has waited for {{ $value | humanizeDuration }}.',
  },
  {
    alert: 'PostroadQueueOldest',
    severity: 'warning',
    expr: oldest('QUEUE', limit('queueOldestSeconds')),
    for: '15m',
    summary: 'A queue record is not looked at any more',
    description:
      'A record of QUEUE has not changed for {{ $value | humanizeDuration }}: it is held, or no relay owns its shard.',
  },
  {
    alert: 'PostroadDeliverySlow',
    severity: 'warning',
    expr: `${R.deliveryP99}{${NS}} > ${limit('deliveryP99Seconds')}`,
    for: '10m',
    summary: 'Mail is slow',
    description: 'One message in a hundred takes longer than {{ $value | humanizeDuration }} from accepted to mailbox.',
  },
  {
    alert: 'PostroadStoreDown',
    severity: 'critical',
    expr: grew(m.storeDown, '5m'),
    for: '2m',
    summary: 'The mailbox store is down',
    description: '{{ $labels.role }} could not reach the mailbox store {{ $value | humanize }} times in 5 minutes.',
  },
];
