import { m } from '../names.ts';
import { R } from '../rules/records.ts';
import { type Dashboard, lines, POOL, quantiles, rate, stat, table } from './panel.ts';

const top = (outcome: string) =>
  `topk(20, sum by (destination) (increase(${m.relayDestination}{${POOL},outcome="${outcome}"}[$__range])))`;

export const OUTBOUND: Dashboard = {
  name: 'outbound',
  title: 'Outbound by destination',
  description: 'Mail to the world: what leaves, what waits, and for whom.',
  pool: true,
  rows: [
    {
      title: 'Now',
      panels: [
        stat('Due', 'Records whose time has come and which nobody has begun.', 'short', {
          records: `sum(${m.relayDue}{${POOL}})`,
        }),
        stat(
          'Oldest due',
          'Time since it came. Above a quarter of an hour the relays cannot keep up.',
          's',
          { age: `max(${m.relayOldestDue}{${POOL}})` },
          { bad: { from: 900 } },
        ),
        stat(
          'Oldest message',
          'Age of the message that has waited longest; after five days it goes back.',
          's',
          { age: `max(${m.relayOldestMessage}{${POOL}})` },
          { bad: { from: 172_800 } },
        ),
        stat(
          'Held',
          'Records that wait for a person.',
          'short',
          { records: `sum(${m.relayQueue}{${POOL},state="held"})` },
          { bad: { from: 1 } },
        ),
        stat(
          'Deferred',
          'Share of the recipients tried in a quarter of an hour.',
          'percentunit',
          { share: `max(${R.relayDeferred}{${POOL}})` },
          { bad: { from: 0.3 } },
        ),
      ],
    },
    {
      title: 'Destinations',
      panels: [
        table('Most relayed', 'Recipients taken by the busiest destinations, in the time chosen above.', 'short', {
          relayed: top('relayed'),
        }),
        table(
          'Most deferred',
          'Recipients put off. One destination alone is its own trouble; many at once are ours.',
          'short',
          { deferred: top('deferred') },
        ),
        table('Most failed', 'Recipients refused for good.', 'short', { failed: top('failed') }),
      ],
    },
    {
      title: 'Outcomes',
      panels: [
        lines(
          'Recipients',
          'A second, by outcome.',
          'cps',
          { '{{outcome}}': `sum by (outcome) (${R.relayRecipients}{${POOL}})` },
          { stack: true },
        ),
        lines(
          'Why not',
          'Deferred and failed recipients a second, by status (RFC 3463: 4.4 is the network, x.7 policy, 5.1 the address).',
          'cps',
          { '{{outcome}} {{status}}': rate(m.relayRecipients, 'outcome, status', `${POOL},outcome!="relayed"`) },
        ),
        lines(
          'Deferred by pool',
          'Share of the recipients tried. One pool alone: look at the reputation of its addresses.',
          'percentunit',
          { '{{pool}}': `${R.relayDeferred}{${POOL}}` },
          { bad: { from: 0.3 } },
        ),
      ],
    },
    {
      title: 'Connections',
      panels: [
        lines('Connections tried', 'A second, by outcome: the TLS version, plain, or why not.', 'cps', {
          '{{outcome}}': rate(m.relayConnects, 'outcome', POOL),
        }),
        lines('Connections open', 'SMTP connections to other hosts, by pool.', 'short', {
          '{{pool}}': `sum by (pool) (${m.relayConnections}{${POOL}})`,
        }),
        lines('One transaction', 'MAIL FROM until the reply to the data.', 's', quantiles(m.relayTransaction, POOL)),
        lines('Accepted until the other host took it', 'With all retries.', 's', quantiles(m.relaySeconds, POOL)),
      ],
    },
    {
      title: 'Queue',
      panels: [
        lines(
          'Records by state',
          'Deferred ones wait for their time and are no burden.',
          'short',
          { '{{pool}} {{state}}': `sum by (pool, state) (${m.relayQueue}{${POOL}})` },
          { stack: true },
        ),
        lines('Shards owned', 'By pool; the sum is the number of shards, or mail of some waits.', 'short', {
          '{{pool}}': `sum by (pool) (${m.relayShards}{${POOL}})`,
        }),
        lines(
          'Interrupted attempts',
          'Attempts that a killed relay left in the middle, and which are repeated: possible duplicates.',
          'cps',
          { attempts: `sum(rate(${m.relayInterrupted}{namespace="$namespace"}[$__rate_interval]))` },
        ),
      ],
    },
  ],
};
