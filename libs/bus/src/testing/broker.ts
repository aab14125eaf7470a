import { join } from 'node:path';
import { type BrokerPlace, TestBroker as Servers } from '@postroad/testkit';
import type { Metrics } from '@postroad/telemetry';
import { type BrokerConfig, renderBrokerConfig } from '../broker-config.ts';
import { Bus, type BusTls } from '../bus.ts';
import type { Durability } from '../durability.ts';
import { provisionBuckets } from '../buckets.ts';
import { type Agent, AGENTS } from '../permissions.ts';
import { provisionStreams, type StreamLimits } from '../streams.ts';

export interface BrokerOptions {
  /** Number of servers: one, or a cluster of three. */
  readonly servers: 1 | 3;
  readonly sync?: 'always' | 'lazy';
  readonly maxStorageBytes?: number;
  /** TLS with certificates of clients verified. */
  readonly tls?: BrokerConfig['tls'];
}

/** Small limits, so that a test's folder stays small. */
const TEST_LIMITS: StreamLimits = {
  replicas: 1,
  spoolBytes: 256 * 1024 ** 2,
  recordBytes: 64 * 1024 ** 2,
  eventBytes: 64 * 1024 ** 2,
  eventAgeDays: 1,
};

const passwords = Object.fromEntries(AGENTS.map((agent) => [agent, `pw-${agent}`])) as Record<Agent, string>;

/** A real broker with users and permissions as in production. */
export const TestBroker = {
  start: ({ servers, sync = 'always', maxStorageBytes, tls }: BrokerOptions): Promise<Servers> =>
    Servers.start(
      servers,
      (place: BrokerPlace, routes) =>
        renderBrokerConfig({
          ...(tls === undefined ? {} : { tls }),
          name: place.name,
          host: '127.0.0.1',
          port: place.port,
          monitorPort: place.monitorPort,
          storeDir: join(place.dir, 'data'),
          sync,
          passwords,
          ...(maxStorageBytes === undefined ? {} : { maxStorageBytes }),
          ...(servers === 1 ? {} : { cluster: { name: 'test', port: place.clusterPort, routes } }),
        }),
      tls?.ca,
    ),
};
export type TestBroker = Servers;

/** Settings with which a process of an agent finds these servers (`AgentProcess.start`). */
export const settingsFor = (agent: Agent, broker: TestBroker) => ({
  NATS_SERVERS: broker.servers.join(','),
  NATS_MONITORS: broker.monitors.join(','),
  NATS_PASSWORD: passwords[agent],
});

export const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A bus connection of one agent to a test broker. */
export function connectBus(
  broker: Pick<TestBroker, 'servers' | 'monitors'>,
  agent: Agent,
  durability: Durability = 'synced',
  tls?: BusTls,
  metrics?: Metrics,
): Promise<Bus> {
  return Bus.connect({
    servers: broker.servers,
    monitors: broker.monitors,
    agent,
    password: passwords[agent],
    durability,
    ...(tls === undefined ? {} : { tls }),
    ...(metrics === undefined ? {} : { metrics }),
    logger: quiet,
  });
}

/** Creates streams and buckets and returns the administrator's connection. */
export async function provision(broker: TestBroker, limits: Partial<StreamLimits> = {}): Promise<Bus> {
  const replicas = broker.size === 1 ? 1 : 3;
  const ops = await connectBus(broker, 'ops');
  await provisionStreams(ops.jsm, { ...TEST_LIMITS, replicas, ...limits });
  await provisionBuckets(ops.jsm, replicas);
  return ops;
}
