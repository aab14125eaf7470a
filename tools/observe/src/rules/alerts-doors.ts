import { m } from '../names.ts';
import { R } from './records.ts';
import { type AlertRule, grew, limit, NS } from './types.ts';

/** Doors, agents, certificates, the canary. */
export const DOOR_ALERTS: readonly AlertRule[] = [
  {
    alert: 'PostroadNotAdmitting',
    severity: 'critical',
    expr: `min by (namespace, role) (${m.spoolAdmits}{${NS}}) == 0`,
    for: '1m',
    summary: 'Senders are told to wait (452)',
    description: '{{ $labels.role }} takes no mail: the spool is above its high-water mark, or cannot be seen.',
  },
  {
    alert: 'PostroadSmtpDeferrals',
    severity: 'warning',
    expr:
      `${R.smtpDeferred}{${NS}} > ${limit('smtpDeferredShare')}` +
      ` and on (namespace, door) sum by (namespace, door) (${R.smtpMessages}{${NS}}) > ${limit('smtpLeastPerSecond')}`,
    for: '10m',
    summary: 'A door answers 4xx too often',
    description: '{{ $value | humanizePercentage }} of the messages at {{ $labels.door }} were answered 4xx.',
  },
  {
    alert: 'PostroadAuthFlood',
    severity: 'warning',
    expr: `sum by (namespace, door) (rate(${m.auth}{${NS},outcome=~"refused|limited"}[5m])) > ${limit('authRefusedPerSecond')}`,
    for: '5m',
    summary: 'Somebody guesses passwords',
    description: '{{ $value | humanize }} sign-ins a second are refused at {{ $labels.door }}.',
  },
  {
    alert: 'PostroadImapErrors',
    severity: 'warning',
    expr:
      `${R.imapErrors}{${NS}} > ${limit('imapErrorShare')}` +
      ` and on (namespace) sum by (namespace) (${R.imapCommands}{${NS}}) > ${limit('imapLeastPerSecond')}`,
    for: '10m',
    summary: 'Many IMAP commands fail',
    description: '{{ $value | humanizePercentage }} of the IMAP commands are answered NO or BAD.',
  },
  {
    alert: 'PostroadCertificateSoon',
    severity: 'warning',
    expr:
      `${R.certificateRest}{${NS}} < ${limit('certificateWarningSeconds')}` +
      ` and ${R.certificateRest}{${NS}} >= ${limit('certificateCriticalSeconds')}`,
    for: '30m',
    summary: 'A certificate ends soon',
    description: 'The certificate {{ $labels.name }} ends in {{ $value | humanizeDuration }}: renewal does not work.',
  },
  {
    alert: 'PostroadCertificateEnds',
    severity: 'critical',
    expr: `${R.certificateRest}{${NS}} < ${limit('certificateCriticalSeconds')}`,
    for: '10m',
    summary: 'A certificate is about to end',
    description: 'The certificate {{ $labels.name }} ends in {{ $value | humanizeDuration }}: then clients turn away.',
  },
  {
    alert: 'PostroadCanaryFailing',
    severity: 'critical',
    expr: `max by (namespace) (${m.canarySuccess}{${NS}}) == 0`,
    for: '10m',
    summary: 'The canary does not arrive',
    description: 'Messages that ops submits are not found over IMAP: people’s mail does not arrive either.',
  },
  {
    alert: 'PostroadCanarySilent',
    severity: 'warning',
    expr: `time() - max by (namespace) (${m.canaryLast}{${NS}}) > ${limit('canarySilentSeconds')}`,
    for: '5m',
    summary: 'No canary has arrived for long',
    description: 'The last one arrived {{ $value | humanizeDuration }} ago: it fails, or none is sent.',
  },
  {
    alert: 'PostroadAgentDown',
    severity: 'critical',
    expr: `up{${NS},role!=""} == 0`,
    for: '3m',
    summary: 'An agent does not answer',
    description: '{{ $labels.pod }} ({{ $labels.role }}) gives no metrics: it is down, blocked, or cut off.',
  },
  {
    alert: 'PostroadNotReady',
    severity: 'warning',
    expr: `min by (namespace, role, pod) (${m.ready}{${NS}}) == 0`,
    for: '5m',
    summary: 'An agent cannot do its work',
    description: '{{ $labels.pod }} ({{ $labels.role }}) runs and is not ready: nothing is sent to it.',
  },
  {
    alert: 'PostroadRoleAbsent',
    severity: 'critical',
    expr: '<absentRoles>',
    for: '5m',
    summary: 'A role has no process at all',
    description: 'Nothing runs as {{ $labels.role }}.',
  },
  {
    alert: 'PostroadEventsLost',
    severity: 'warning',
    expr: `${grew(m.eventsDropped, '10m')} or ${grew(m.eventsUnreadable, '10m')}`,
    for: '0s',
    summary: 'Steps of messages are missing from their stories',
    description:
      '{{ $labels.role }} lost {{ $value | humanize }} events or batches of them; mail itself is not concerned.',
  },
];
