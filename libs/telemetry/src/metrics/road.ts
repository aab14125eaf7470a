import { BATCH_SIZES, counter, gauge, histogram, LONG_SECONDS } from './definition.ts';

/** Router, delivery and the relay. */
export const ROAD_METRICS = {
  headsRouted: counter('postroad_routed_total', 'Messages routed.'),
  routeErrors: counter('postroad_route_errors_total', 'Messages whose routing failed and is tried again.'),
  headsUnreadable: counter('postroad_heads_unreadable_total', 'Deliveries of heads that could not be read.'),
  routed: counter(
    'postroad_router_recipients_total',
    'Recipients routed; kind `local`, `remote`, `refused` (each after aliases).',
    ['kind'],
  ),
  poolUnknown: counter(
    'postroad_router_unknown_pool_total',
    'Times mail left by the default source pool, because its domain names one that is not in relayPools.',
  ),
  routeSeconds: histogram('postroad_router_seconds', 'Accepted until all of its records were written.'),
  delivered: counter(
    'postroad_deliveries_total',
    'Recipients by what became of them at the MDA: `delivered`, `duplicate`, `deferred`, `held`, `failed`.',
    ['outcome'],
  ),
  deliveriesUnreadable: counter(
    'postroad_deliveries_unreadable_total',
    'Deliveries whose record or content could not be read.',
  ),
  deliveriesHeld: counter('postroad_deliveries_held_total', 'Deliveries put on hold after failing alone.'),
  storeDown: counter('postroad_store_down_total', 'Times the mailbox store refused a batch because it was down.'),
  deliverBatch: histogram('postroad_deliver_batch_messages', 'Deliveries in one commit.', [], BATCH_SIZES),
  deliverCommit: histogram('postroad_deliver_commit_seconds', 'One commit of the mailbox store.'),
  deliverySeconds: histogram(
    'postroad_delivery_seconds',
    'Accepted until in the mailbox: what people wait for.',
    [],
    LONG_SECONDS,
  ),
  quotaRefusals: counter('postroad_quota_refusals_total', 'Deliveries, APPENDs and copies refused by a quota.', [
    'door',
  ]),

  spoolMessages: gauge(
    'postroad_spool_messages',
    'Messages and headless chunk groups in the spool, as the finisher sees them.',
  ),
  finished: counter(
    'postroad_finished_total',
    'Messages whose content was removed after the last recipient was settled.',
  ),

  relayDue: gauge('postroad_relay_due', 'Queue records whose time has come.', ['pool']),
  relayOldestDue: gauge('postroad_relay_oldest_due_seconds', 'Age of the oldest due-time.', ['pool']),
  relayQueue: gauge(
    'postroad_relay_queue',
    'Queue records of the shards owned; state `due`, `attempting`, `deferred`, `held`.',
    ['pool', 'state'],
  ),
  relayOldestMessage: gauge(
    'postroad_relay_oldest_message_seconds',
    'Age of the oldest message that is still to be relayed (held ones aside).',
    ['pool'],
  ),
  relayConnections: gauge('postroad_relay_connections', 'SMTP connections open.', ['pool']),
  relayShards: gauge('postroad_relay_shards', 'Queue shards owned.', ['pool']),
  relayHeld: counter('postroad_relay_held_total', 'Records set aside for a person.'),
  relayUnknown: counter('postroad_relay_unknown_records_total', 'Queue records of an unknown version, left untouched.'),
  relayInterrupted: counter(
    'postroad_relay_interrupted_total',
    'Attempts found interrupted and repeated: possible duplicates.',
  ),
  relayConnects: counter(
    'postroad_relay_connects_total',
    'Connections tried; outcome `plain`, `TLSv1.2`, `TLSv1.3`, or why not: `dns`, `refused`, `timeout`, `tls`, `greeting`, `other`.',
    ['pool', 'outcome'],
  ),
  relayRecipients: counter(
    'postroad_relay_recipients_total',
    'Outcomes of attempts, a recipient each; outcome `relayed`, `deferred`, `failed`; status as 4.4.',
    ['pool', 'outcome', 'status'],
  ),
  relayDestination: counter(
    'postroad_relay_destination_recipients_total',
    'The same by destination: the busiest 50 domains of this process, the rest as `other`.',
    ['pool', 'destination', 'outcome'],
  ),
  relayTransaction: histogram(
    'postroad_relay_transaction_seconds',
    'MAIL FROM until the reply to the data.',
    ['pool'],
    LONG_SECONDS,
  ),
  relaySeconds: histogram('postroad_relay_seconds', 'Accepted until the other host took it.', ['pool'], LONG_SECONDS),
} as const;
