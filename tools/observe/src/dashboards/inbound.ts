import { m } from '../names.ts';
import { R } from '../rules/records.ts';
import { type Dashboard, lines, NS, quantiles, rate, stat, table } from './panel.ts';

export const INBOUND: Dashboard = {
  name: 'inbound',
  title: 'Inbound and abuse',
  description: 'What comes in at submission, MX and LMTP; who is turned away, and why.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat('Sessions', 'Open at each kind of door.', 'short', { '{{door}}': `sum by (door) (${m.sessions}{${NS}})` }),
        stat(
          'Messages put off',
          'Share answered 4xx in a quarter of an hour.',
          'percentunit',
          { '{{door}}': `${R.smtpDeferred}{${NS}}` },
          { bad: { from: 0.2 } },
        ),
        stat(
          'Sign-ins refused',
          'A second.',
          'cps',
          { refused: `sum(rate(${m.auth}{${NS},outcome=~"refused|limited"}[$__rate_interval])) or vector(0)` },
          { bad: { from: 5 } },
        ),
        stat(
          'Held in memory',
          'Bytes of content on their way to the spool; each process stops reading at its budget (64 MiB).',
          'bytes',
          { bytes: `sum(${m.spoolHeld}{${NS}})` },
        ),
      ],
    },
    {
      title: 'Messages',
      panels: [
        lines(
          'Messages',
          'A second, by door and outcome.',
          'mps',
          { '{{door}} {{outcome}}': `sum by (door, outcome) (${R.smtpMessages}{${NS}})` },
          { stack: true },
        ),
        lines('Recipients', 'Of accepted messages, a second.', 'cps', { '{{door}}': rate(m.smtpRecipients, 'door') }),
        lines('Bytes', 'Of accepted messages, a second.', 'Bps', { '{{door}}': rate(m.smtpBytes, 'door') }),
        lines('End of data until the answer', 'Checks and the broker’s fsync.', 's', quantiles(m.smtpAccept)),
      ],
    },
    {
      title: 'Refusals',
      panels: [
        lines('By stage', 'Commands and messages answered 4xx or 5xx, a second.', 'cps', {
          '{{door}} {{stage}}': rate(m.smtpRefusals, 'door, stage'),
        }),
        table(
          'By status',
          'In the time chosen above. 5.1 is an unknown address, 5.7 policy, 4.3 our own trouble.',
          'short',
          { refusals: `topk(20, sum by (door, stage, status) (increase(${m.smtpRefusals}{${NS}}[$__range])))` },
        ),
        lines('Connections turned away', 'Before or instead of a greeting, a second.', 'cps', {
          '{{door}} {{reason}}': rate(m.sessionsRefused, 'door, reason'),
        }),
      ],
    },
    {
      title: 'Sign-ins and TLS',
      panels: [
        lines('Sign-ins', 'A second, by door and outcome; `limited` ones were not even tried.', 'cps', {
          '{{door}} {{outcome}}': rate(m.auth, 'door, outcome'),
        }),
        lines('Sign-ins by mechanism', 'A second.', 'cps', { '{{mechanism}}': rate(m.auth, 'mechanism') }),
        lines('TLS handshakes', 'A second, by version; failed ones are often scanners.', 'cps', {
          '{{door}} {{version}}': rate(m.tlsHandshakes, 'door, version'),
        }),
        lines('Sessions opened', 'A second.', 'cps', { '{{door}}': rate(m.sessionsTotal, 'door') }),
      ],
    },
  ],
};
