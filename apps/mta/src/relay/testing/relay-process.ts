/** A relay in a process of its own, to be killed by a test. `RELAY`: JSON of where the broker and the peers are. */
import { connectBus, quiet } from '@postroad/bus/testing';
import { openSpool } from '@postroad/spool';
import { Metrics, Tracing } from '@postroad/telemetry';
import { startRelay } from '../role.ts';
import type { RelayConfig } from '../settings.ts';

const {
  servers,
  monitors,
  hosts,
  pool = 'default',
} = JSON.parse(process.env['RELAY'] ?? '{}') as {
  servers: string[];
  monitors: string[];
  hosts: NonNullable<RelayConfig['hosts']>;
  pool?: string;
};
const bus = await connectBus({ servers, monitors }, 'mta');
const deps = {
  bus,
  spool: await openSpool(bus),
  logger: quiet,
  events: () => {},
  tracing: new Tracing({ service: 'test' }),
  metrics: new Metrics(),
};
await startRelay(deps, { hostname: 'relay.postroad.test', leaseTtl: 1_000, pool, hosts });
