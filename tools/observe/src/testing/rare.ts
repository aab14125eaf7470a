import type { METRICS } from '@postroad/telemetry';

/**
 * Metrics that a stack in good health does not export, because a counter appears with its first step: what has to go wrong for each.
 * (That the code counts them is looked for in its source.)
 */
export const RARE: Partial<Record<keyof typeof METRICS, string>> = {
  eventsDropped: 'the broker is away for long',
  eventsUnreadable: 'an agent is newer than ops by more than one version',
  busReconnects: 'a connection to the broker is lost',
  busPublishFailures: 'the broker refuses a publish',
  sessionsRefused: 'too many connections, or one that is not meant to come',
  headsUnreadable: 'a head of an unknown version',
  deliveriesUnreadable: 'a record of an unknown version',
  deliveriesHeld: 'a delivery fails alone, three times',
  poolUnknown: 'a domain names a pool without relays',
  relayUnknown: 'a queue record of an unknown version',
  relayInterrupted: 'a relay is killed in the middle of an attempt',
  storeDown: 'the mailbox store is down',
  quotaRefusals: 'a mailbox is full',
  routeErrors: 'the directory cannot be read',
};
