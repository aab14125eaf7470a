import { m } from '../names.ts';
import { R } from '../rules/records.ts';
import { type Dashboard, lines, NS, POOL, quantile, quantiles, rate } from './panel.ts';

export const QUEUES: Dashboard = {
  name: 'queues',
  title: 'Queues and scaling',
  description: 'What waits between agents, and what each of them is scaled by.',
  pool: true,
  rows: [
    {
      title: 'Signals of scaling',
      panels: [
        lines('Router and deliver: lag', 'Messages that no process has been given yet.', 'short', {
          '{{stream}} {{consumer}}': `max by (stream, consumer) (${m.consumerPending}{${NS}})`,
        }),
        lines('Relay: due', 'Records whose time has come.', 'short', {
          '{{pool}}': `sum by (pool) (${m.relayDue}{${POOL}})`,
        }),
        lines(
          'Relay: oldest due',
          'Time since it came; above 300 s one more pod comes.',
          's',
          { '{{pool}}': `max by (pool) (${m.relayOldestDue}{${POOL}})` },
          { bad: { from: 300 } },
        ),
        lines('Doors: sessions', 'Open now.', 'short', { '{{door}}': `sum by (door) (${m.sessions}{${NS}})` }),
      ],
    },
    {
      title: 'Processes',
      panels: [
        lines('Processes', 'That are ready, by role.', 'short', { '{{role}}': `sum by (role) (${m.ready}{${NS}})` }),
        lines(
          'Processor',
          'Seconds of it a second, for each role; above 0.9 for one process it is its limit (Node uses one for most things).',
          'short',
          { '{{role}}': `sum by (role) (rate(process_cpu_seconds_total{${NS},role!=""}[$__rate_interval]))` },
        ),
        lines('Memory', 'Resident, of the largest process of each role.', 'bytes', {
          '{{role}}': `max by (role) (process_resident_memory_bytes{${NS},role!=""})`,
        }),
        lines(
          'Event loop lag',
          '99 in 100, of the worst process of each role: what everything waits for.',
          's',
          { '{{role}}': `max by (role) (nodejs_eventloop_lag_p99_seconds{${NS}})` },
          { bad: { from: 0.5 } },
        ),
      ],
    },
    {
      title: 'Streams',
      panels: [
        lines(
          'Used',
          'Part of what each may hold. At 85 % of SPOOL senders get 452; EVENTS is meant to be full.',
          'percentunit',
          { '{{stream}}': `${R.streamUsed}{${NS}}` },
          { bad: { from: 0.7 } },
        ),
        lines('Messages', 'In each stream.', 'short', { '{{stream}}': `max by (stream) (${m.streamMessages}{${NS}})` }),
        lines(
          'Oldest',
          'Age of the oldest message in each. Content stays in SPOOL until its last recipient is settled.',
          's',
          { '{{stream}}': `max by (stream) (${m.streamOldest}{${NS},stream!="EVENTS"})` },
        ),
        lines('Given out', 'Messages given to a process and not yet acknowledged.', 'short', {
          '{{stream}} {{consumer}}': `max by (stream, consumer) (${m.consumerAckPending}{${NS}})`,
        }),
      ],
    },
    {
      title: 'Router, deliver, finisher',
      panels: [
        lines('Routing', 'Messages a second: routed, and tried again.', 'mps', {
          routed: `sum(rate(${m.headsRouted}{${NS}}[$__rate_interval]))`,
          'tried again': `sum(rate(${m.routeErrors}{${NS}}[$__rate_interval]))`,
        }),
        lines('Deliveries in one commit', 'Large batches are what makes a busy store fast.', 'short', {
          'half of them': quantile(0.5, m.deliverBatch),
          '95 in 100': quantile(0.95, m.deliverBatch),
        }),
        lines('One commit', 'Of the mailbox store.', 's', quantiles(m.deliverCommit)),
        lines('Finished', 'Messages a second whose content was removed after the last recipient was settled.', 'mps', {
          finished: `sum(rate(${m.finished}{${NS}}[$__rate_interval]))`,
        }),
        lines(
          'In the spool',
          'As the finisher sees it.',
          'short',
          { messages: `sum(${m.spoolMessages}{${NS}})` },
          { width: 12 },
        ),
        lines('Refused by a quota', 'A second.', 'cps', { '{{door}}': rate(m.quotaRefusals, 'door') }, { width: 12 }),
      ],
    },
  ],
};
