import { m } from '../names.ts';
import { R } from '../rules/records.ts';
import { type Dashboard, lines, NS, quantile, rate, stat, table } from './panel.ts';

export const MAILBOX: Dashboard = {
  name: 'mailbox',
  title: 'Mailbox and IMAP',
  description: 'Reading mail: IMAP, the mailbox store, the webmail.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat('IMAP sessions', 'Open now.', 'short', { sessions: `sum(${m.sessions}{${NS},door="imap"})` }),
        stat('In IDLE', 'Of those.', 'short', { sessions: `sum(${m.imapIdle}{${NS}})` }),
        stat(
          'Commands that fail',
          'Share answered NO or BAD, signing in aside.',
          'percentunit',
          { share: `max(${R.imapErrors}{${NS}})` },
          { bad: { from: 0.2 } },
        ),
        stat(
          'Behind in the search index',
          'Messages not yet in it: searches read those themselves, and take longer.',
          'short',
          { messages: `sum(${m.searchBehind}{${NS}})` },
        ),
        stat(
          'Store down',
          'Batches refused because the store was down, in the time chosen above.',
          'short',
          { times: `sum(increase(${m.storeDown}{${NS}}[$__range])) or vector(0)` },
          { bad: { from: 1 } },
        ),
      ],
    },
    {
      title: 'IMAP',
      panels: [
        lines('Commands', 'A second, by name.', 'cps', { '{{command}}': rate(m.imapCommands, 'command') }),
        lines(
          'Time of commands',
          '99 in 100, by name; IDLE aside.',
          's',
          { '{{command}}': quantile(0.99, m.imapSeconds, NS, 'command') },
          { bad: { from: 1 } },
        ),
        lines('Answers', 'A second, by outcome.', 'cps', {
          '{{outcome}}': `sum by (outcome) (${R.imapCommands}{${NS}})`,
        }),
        lines('Bytes', 'A second, seen from the server.', 'Bps', { '{{direction}}': rate(m.imapBytes, 'direction') }),
        table(
          'Commands that failed',
          'In the time chosen above.',
          'short',
          {
            failed: `topk(20, sum by (command, outcome) (increase(${m.imapCommands}{${NS},outcome!="ok"}[$__range])))`,
          },
          { width: 12 },
        ),
        lines(
          'Sign-ins',
          'A second, by outcome.',
          'cps',
          { '{{outcome}}': rate(m.auth, 'outcome', `${NS},door="imap"`) },
          { width: 12 },
        ),
      ],
    },
    {
      title: 'Store',
      panels: [
        lines('Deliveries', 'Recipients a second, by outcome.', 'cps', { '{{outcome}}': rate(m.delivered, 'outcome') }),
        lines('One commit', '99 in 100.', 's', { commit: quantile(0.99, m.deliverCommit) }, { bad: { from: 1 } }),
        lines('Refused by a quota', 'Deliveries and APPENDs a second.', 'cps', {
          '{{door}}': rate(m.quotaRefusals, 'door'),
        }),
        lines('Put on hold', 'Deliveries that failed alone.', 'short', {
          held: `sum(increase(${m.deliveriesHeld}{${NS}}[$__rate_interval]))`,
        }),
      ],
    },
    {
      title: 'Webmail and HTTP',
      panels: [
        lines('Requests', 'A second, by door and class of status.', 'reqps', {
          '{{door}} {{class}}': rate(m.httpRequests, 'door, class'),
        }),
        lines(
          'Time of requests',
          '99 in 100, by door.',
          's',
          { '{{door}}': quantile(0.99, m.httpSeconds, NS, 'door') },
          { bad: { from: 1 } },
        ),
        lines('Sent', 'Messages a second that the webmail gave to submission.', 'mps', {
          sent: `sum(rate(${m.webmailSent}{${NS}}[$__rate_interval]))`,
        }),
      ],
    },
  ],
};
