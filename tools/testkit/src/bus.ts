import { Bus, type Durability, provisionBuckets, provisionStreams, type StreamLimits } from '@postroad/bus';
import type { TestBroker } from './nats.ts';

/** Small limits, so that a test's folder stays small. */
export const TEST_LIMITS: StreamLimits = {
  replicas: 1,
  spoolBytes: 256 * 1024 ** 2,
  recordBytes: 64 * 1024 ** 2,
  eventBytes: 64 * 1024 ** 2,
  eventAgeDays: 1,
};

export const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A bus connection of one agent to a test broker. */
export function connectBus(broker: TestBroker, agent: 'msa' | 'mta' | 'mda' | 'ops', durability: Durability = 'synced'): Promise<Bus> {
  return Bus.connect({
    servers: broker.servers,
    monitors: broker.monitors,
    agent,
    ...(broker.passwords === undefined ? {} : { password: broker.passwords[agent] }),
    durability,
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
