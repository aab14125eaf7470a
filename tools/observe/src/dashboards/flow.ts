import { m } from '../names.ts';
import { R } from '../rules/records.ts';
import { type Dashboard, lines, NS, quantiles, rate, stat } from './panel.ts';

const YES = { 1: 'yes', 0: 'NO' };

export const FLOW: Dashboard = {
  name: 'flow',
  title: 'Flow',
  description: 'Whether mail flows: taken in, routed, delivered, relayed; and how long it takes.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat(
          'Canary',
          'Whether the last message that ops sent to itself arrived.',
          'none',
          { canary: `max(${m.canarySuccess}{${NS}})` },
          {
            ...{ words: { 1: 'arrives', 0: 'DOES NOT ARRIVE' }, bad: { from: 1, below: true } },
          },
        ),
        stat(
          'Takes mail',
          'Whether every door admits mail; if not, senders get 452.',
          'none',
          { doors: `min(${m.spoolAdmits}{${NS}})` },
          {
            ...{ words: YES, bad: { from: 1, below: true } },
          },
        ),
        stat(
          'Processes without a broker',
          'Agents whose connection to NATS is being sought.',
          'none',
          { processes: `count(${m.busConnected}{${NS}} == 0) or vector(0)` },
          { bad: { from: 1 } },
        ),
        stat(
          'Processes down',
          'Targets that Prometheus could not read.',
          'none',
          { processes: `count(up{${NS},role!=""} == 0) or vector(0)` },
          { bad: { from: 1 } },
        ),
        stat(
          '99 in 100 in the mailbox within',
          'Accepted until filed, over 10 minutes.',
          's',
          { time: `max(${R.deliveryP99}{${NS}})` },
          { bad: { from: 60 } },
        ),
        stat(
          'Certificate ends in',
          'The one of all in use that ends first.',
          's',
          { rest: `min(${R.certificateRest}{${NS}})` },
          { bad: { from: 21 * 86_400, below: true } },
        ),
      ],
    },
    {
      title: 'Messages',
      panels: [
        lines(
          'Taken in',
          'Messages accepted a second, by door.',
          'mps',
          { '{{door}}': `sum by (door) (${R.smtpMessages}{${NS},outcome="accepted"})` },
          { stack: true },
        ),
        lines(
          'Routed',
          'Recipients a second: local ones go to a mailbox, remote ones to the queue, refused ones back.',
          'cps',
          { '{{kind}}': rate(m.routed, 'kind') },
          { stack: true },
        ),
        lines(
          'Delivered',
          'Recipients a second at the mailbox store, by what became of them. Duplicates are recognised copies, which nobody sees.',
          'cps',
          { '{{outcome}}': rate(m.delivered, 'outcome') },
          { stack: true },
        ),
        lines(
          'Relayed',
          'Outgoing recipients a second, by outcome.',
          'cps',
          { '{{outcome}}': `sum by (outcome) (${R.relayRecipients}{${NS}})` },
          { stack: true },
        ),
      ],
    },
    {
      title: 'Time',
      panels: [
        lines(
          'Accepted until in the mailbox',
          'What people wait for.',
          's',
          { 'half of them': `max(${R.deliveryP50}{${NS}})`, '99 in 100': `max(${R.deliveryP99}{${NS}})` },
          { bad: { from: 60 } },
        ),
        lines(
          'End of data until the 250',
          'What a sending host waits for: the broker’s fsync is in it.',
          's',
          quantiles(m.smtpAccept),
        ),
        lines('Accepted until routed', 'Until all records of a message are written.', 's', quantiles(m.routeSeconds)),
        lines('Publish until acknowledged', 'The broker’s part of all of them.', 's', quantiles(m.busPublish)),
      ],
    },
    {
      title: 'Steps',
      panels: [
        lines(
          'Steps of messages',
          'Events a second, those of `postroad trace`.',
          'cps',
          { '{{agent}} {{step}}': rate(m.mailEvents, 'agent, step') },
          { width: 12 },
        ),
        lines(
          'Failures by status',
          'Steps with a status 4.x or 5.x (RFC 3463).',
          'cps',
          { '{{step}} {{status}}': rate(m.mailEvents, 'step, status', `${NS},status=~"[45].*"`) },
          { width: 12 },
        ),
      ],
    },
  ],
};
