import { m } from '../names.ts';
import { NS, type RecordingRule } from './types.ts';

const rate = (metric: string, by: readonly string[], window: string, selector = '') =>
  `sum by (${['namespace', ...by].join(', ')}) (rate(${metric}{${[NS, selector].filter(Boolean).join(',')}}[${window}]))`;

/** Part of `part` in `whole`; 0 when there is nothing of `part` yet, no result while there is no whole. */
const share = (part: string, whole: string) => `(${part} or 0 * ${whole}) / (${whole} > 0)`;

/** Names of the recorded series. */
export const R = {
  smtpMessages: 'postroad:smtp_messages:rate5m',
  smtpDeferred: 'postroad:smtp_messages_deferred:ratio_rate15m',
  relayRecipients: 'postroad:relay_recipients:rate5m',
  relayDeferred: 'postroad:relay_recipients_deferred:ratio_rate15m',
  deliveryP50: 'postroad:delivery_seconds:p50_10m',
  deliveryP99: 'postroad:delivery_seconds:p99_10m',
  imapCommands: 'postroad:imap_commands:rate5m',
  imapErrors: 'postroad:imap_commands_failed:ratio_rate5m',
  streamUsed: 'postroad:stream_used:ratio',
  brokerUsed: 'postroad:broker_storage_used:ratio',
  certificateRest: 'postroad:tls_certificate_rest:seconds',
} as const;

const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (namespace, le) (rate(${m.deliverySeconds}_bucket{${NS}}[10m])))`;

/** Signing in aside: a wrong password is no fault of ours. */
const IMAP = 'command!~"LOGIN|AUTHENTICATE"';
const imap = (selector: string) => rate(m.imapCommands, [], '5m', [IMAP, selector].filter(Boolean).join(','));

export const RECORDS: readonly RecordingRule[] = [
  {
    record: R.smtpMessages,
    expr: rate(m.smtpMessages, ['door', 'outcome'], '5m'),
    labels: ['door', 'outcome'],
    meaning: 'Messages a second, by door and outcome',
  },
  {
    record: R.smtpDeferred,
    expr: share(rate(m.smtpMessages, ['door'], '15m', 'outcome="deferred"'), rate(m.smtpMessages, ['door'], '15m')),
    labels: ['door'],
    meaning: 'Share of messages answered 4xx, by door',
  },
  {
    record: R.relayRecipients,
    expr: rate(m.relayRecipients, ['pool', 'outcome'], '5m'),
    labels: ['pool', 'outcome'],
    meaning: 'Outgoing recipients a second, by pool and outcome',
  },
  {
    record: R.relayDeferred,
    expr: share(
      rate(m.relayRecipients, ['pool'], '15m', 'outcome="deferred"'),
      rate(m.relayRecipients, ['pool'], '15m'),
    ),
    labels: ['pool'],
    meaning: 'Share of outgoing recipients that were deferred, by pool',
  },
  { record: R.deliveryP50, expr: quantile(0.5), labels: [], meaning: 'Accepted until in the mailbox, half of them' },
  { record: R.deliveryP99, expr: quantile(0.99), labels: [], meaning: 'Accepted until in the mailbox, 99 in 100' },
  {
    record: R.imapCommands,
    expr: rate(m.imapCommands, ['outcome'], '5m'),
    labels: ['outcome'],
    meaning: 'IMAP commands a second, by outcome',
  },
  {
    record: R.imapErrors,
    expr: share(imap('outcome!="ok"'), imap('')),
    labels: [],
    meaning: 'Share of IMAP commands answered NO or BAD, signing in aside',
  },
  {
    record: R.streamUsed,
    expr: `max by (namespace, stream) (${m.streamBytes}{${NS}}) / (max by (namespace, stream) (${m.streamMaxBytes}{${NS}}) > 0)`,
    labels: ['stream'],
    meaning: 'Used part of a stream',
  },
  {
    record: R.brokerUsed,
    expr: `max by (namespace, server) (${m.brokerStorageBytes}{${NS}}) / (max by (namespace, server) (${m.brokerStorageMaxBytes}{${NS}}) > 0)`,
    labels: ['server'],
    meaning: 'Used part of the file storage of JetStream, by server',
  },
  {
    record: R.certificateRest,
    expr: `min by (namespace, name) (${m.tlsExpiry}{${NS}}) - time()`,
    labels: ['name'],
    meaning: 'Seconds until a certificate in use ends, by its name',
  },
];
