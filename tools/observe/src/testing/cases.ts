import { m } from '../names.ts';

/** Labels of a series besides those of the scrape; `namespace`, `pod` and `role` may be given anew. */
type Labels = Readonly<Record<string, string>>;

/** A series and its values a minute apart, as promtool writes them (`5x90`: 91 times 5; `0+2x90`: rising by 2). */
export interface Series {
  readonly name: string;
  readonly labels: Labels;
  readonly values: string;
}

export interface Case {
  readonly alert: string;
  /** At the 60th minute it fires for these series … */
  readonly fires: readonly Series[];
  /** … with these labels … */
  readonly labels: Labels;
  /** … and not for these, each a reason of its own to be silent. */
  readonly silent: readonly (readonly Series[])[];
}

const MINUTES = 90;
/** At the 60th minute, when all is looked at. */
const NOW = 3_600;
const DAY = 86_400;

const series = (name: string, values: string | number, labels: Labels = {}): Series => ({
  name,
  labels,
  values: typeof values === 'number' ? `${values}x${MINUTES}` : values,
});
/** A counter that rises by so much a minute. */
const rising = (name: string, perMinute: number, labels: Labels = {}) =>
  series(name, `0+${perMinute}x${MINUTES}`, labels);
/** A counter that is exported for the first time in the 50th minute, or from the start. */
const since = (name: string, minute: number, labels: Labels = {}) =>
  series(name, `_x${minute} 1x${MINUTES - minute}`, labels);

const pool = { pool: 'a' };
const outcome = (name: string, labels: Labels, outcomes: Readonly<Record<string, number>>) =>
  Object.entries(outcomes).map(([each, perMinute]) => rising(name, perMinute, { ...labels, outcome: each }));

/** Gauges of one value: above the threshold it fires, below it does not. */
function gauge(alert: string, name: string, labels: Labels, bad: number, good: number, shown = labels): Case {
  const { state: _state, ...seen } = shown as { state?: string };
  return { alert, fires: [series(name, bad, labels)], labels: seen, silent: [[series(name, good, labels)]] };
}

const seconds = (name: string, perMinute: Readonly<Record<string, number>>) =>
  Object.entries(perMinute).map(([le, each]) => rising(`${name}_bucket`, each, { le }));

const queue = (messages: number) => series(m.streamMessages, messages, { stream: 'QUEUE' });
const stream = (name: string, bytes: number) => [
  series(m.streamBytes, bytes, { stream: name }),
  series(m.streamMaxBytes, 100, { stream: name }),
];
const storage = (bytes: number) => [
  series(m.brokerStorageBytes, bytes, { server: 'n0' }),
  series(m.brokerStorageMaxBytes, 100, { server: 'n0' }),
  // Another server, which has room.
  series(m.brokerStorageBytes, 1, { server: 'n1' }),
  series(m.brokerStorageMaxBytes, 100, { server: 'n1' }),
];

const ROAD: readonly Case[] = [
  gauge('PostroadRelayBehind', m.relayOldestDue, pool, 1_000, 100),
  gauge('PostroadRelayOldestMessage', m.relayOldestMessage, pool, 3 * DAY, DAY),
  {
    alert: 'PostroadNoRelay',
    fires: [queue(5), series(m.relayShards, 0, pool)],
    labels: pool,
    silent: [[queue(0), series(m.relayShards, 0, pool)], [queue(5), series(m.relayShards, 32, pool)], [queue(0)]],
  },
  { alert: 'PostroadNoRelay', fires: [queue(5)], labels: {}, silent: [] },
  {
    alert: 'PostroadUnknownPool',
    fires: [since(m.poolUnknown, 50)],
    labels: {},
    silent: [[series(m.poolUnknown, 3)]],
  },
  {
    alert: 'PostroadDeferrals',
    fires: outcome(m.relayRecipients, { ...pool, status: '4.4' }, { relayed: 30, deferred: 30 }),
    labels: pool,
    silent: [
      outcome(m.relayRecipients, { ...pool, status: '4.4' }, { relayed: 90, deferred: 10 }),
      // One of two, but only two in ten minutes.
      outcome(m.relayRecipients, { ...pool, status: '4.4' }, { relayed: 0.1, deferred: 0.1 }),
    ],
  },
  gauge('PostroadHeldRecords', m.relayQueue, { ...pool, state: 'held' }, 2, 0),
  {
    alert: 'PostroadDeliveryHeld',
    fires: [since(m.deliveriesHeld, 50)],
    labels: {},
    silent: [[since(m.deliveriesHeld, 0)], []],
  },
  ...[m.headsUnreadable, m.deliveriesUnreadable, m.relayUnknown].map((name) => ({
    ...{ alert: 'PostroadUnreadable', fires: [rising(name, 1)], labels: {}, silent: [[series(name, 7)]] },
  })),
  gauge('PostroadSpoolOldest', m.streamOldest, { stream: 'SPOOL' }, 7 * DAY, 5 * DAY),
  gauge('PostroadDeliverOldest', m.streamOldest, { stream: 'DELIVER' }, 400, 30),
  gauge('PostroadQueueOldest', m.streamOldest, { stream: 'QUEUE' }, 2 * DAY, 14_400),
  {
    alert: 'PostroadDeliverySlow',
    fires: seconds(m.deliverySeconds, { '1': 50, '60': 50, '300': 60, '+Inf': 60 }),
    labels: {},
    silent: [seconds(m.deliverySeconds, { '1': 59.9, '60': 60, '300': 60, '+Inf': 60 }), []],
  },
  { alert: 'PostroadStoreDown', fires: [rising(m.storeDown, 6)], labels: {}, silent: [[series(m.storeDown, 6)]] },
];

const BROKER: readonly Case[] = [
  {
    alert: 'PostroadStreamFilling',
    fires: stream('SPOOL', 80),
    labels: { stream: 'SPOOL' },
    silent: [stream('SPOOL', 50), stream('EVENTS', 99), stream('SPOOL', 0)],
  },
  { alert: 'PostroadBrokerStorage', fires: storage(90), labels: { server: 'n0' }, silent: [storage(50)] },
  gauge('PostroadConsumerMissing', m.consumerMissing, { stream: 'SPOOL', consumer: 'router' }, 1, 0),
  gauge('PostroadConsumerBehind', m.consumerPending, { stream: 'SPOOL', consumer: 'router' }, 20_000, 100),
  gauge('PostroadReplicasBehind', m.streamReplicasBehind, { stream: 'QUEUE' }, 1, 0),
  {
    alert: 'PostroadBrokerLookStale',
    fires: [series(m.brokerLook, NOW - 600)],
    labels: {},
    silent: [[series(m.brokerLook, NOW - 30)]],
  },
  gauge('PostroadBrokerAway', m.busConnected, {}, 0, 1, { role: 'mta-mx', pod: 'p' }),
];

const door = { door: 'mx' };
const imap = (command: string, ok: number, no: number) => outcome(m.imapCommands, { command }, { ok, no });
const certificate = (rest: number) => [
  series(m.tlsExpiry, NOW + rest, { name: 'mail.example.org' }),
  series(m.tlsExpiry, NOW + 99 * DAY, { name: 'imap.example.org' }),
];

const DOORS: readonly Case[] = [
  gauge('PostroadNotAdmitting', m.spoolAdmits, {}, 0, 1, { role: 'mta-mx' }),
  {
    alert: 'PostroadSmtpDeferrals',
    fires: outcome(m.smtpMessages, door, { accepted: 60, deferred: 40 }),
    labels: door,
    silent: [
      outcome(m.smtpMessages, door, { accepted: 95, deferred: 5 }),
      outcome(m.smtpMessages, door, { accepted: 0.1, deferred: 0.1 }),
      outcome(m.smtpMessages, door, { accepted: 50, refused: 50 }),
    ],
  },
  {
    alert: 'PostroadAuthFlood',
    fires: outcome(m.auth, { ...door, mechanism: 'plain' }, { refused: 600 }),
    labels: door,
    silent: [outcome(m.auth, { ...door, mechanism: 'plain' }, { refused: 60, ok: 6_000 })],
  },
  {
    alert: 'PostroadImapErrors',
    fires: imap('FETCH', 60, 40),
    labels: {},
    silent: [imap('FETCH', 95, 5), imap('LOGIN', 10, 90), imap('FETCH', 5, 5)],
  },
  {
    alert: 'PostroadCertificateSoon',
    fires: certificate(20 * DAY - NOW),
    labels: { name: 'mail.example.org' },
    silent: [certificate(30 * DAY), certificate(3 * DAY)],
  },
  {
    alert: 'PostroadCertificateEnds',
    fires: certificate(3 * DAY),
    labels: { name: 'mail.example.org' },
    silent: [certificate(20 * DAY)],
  },
  gauge('PostroadCanaryFailing', m.canarySuccess, {}, 0, 1, {}),
  {
    alert: 'PostroadCanarySilent',
    fires: [series(m.canaryLast, 60)],
    labels: {},
    silent: [[series(m.canaryLast, NOW - 120)], []],
  },
  gauge('PostroadAgentDown', 'up', {}, 0, 1, { role: 'mta-mx', pod: 'p' }),
  gauge('PostroadNotReady', m.ready, {}, 0, 1, { role: 'mta-mx', pod: 'p' }),
  {
    alert: 'PostroadRoleAbsent',
    fires: [series('up', 1, { role: 'mta-mx' })],
    labels: { role: 'mda-imap' },
    silent: [['mta-mx', 'mda-imap'].map((role) => series('up', 1, { role }))],
  },
  {
    alert: 'PostroadEventsLost',
    fires: [rising(m.eventsDropped, 1)],
    labels: {},
    silent: [[series(m.eventsDropped, 3)], [series(m.eventsUnreadable, 3)]],
  },
  { alert: 'PostroadEventsLost', fires: [since(m.eventsUnreadable, 55)], labels: {}, silent: [] },
];

/** What each alert is tried with. */
export const CASES: readonly Case[] = [...ROAD, ...BROKER, ...DOORS];
