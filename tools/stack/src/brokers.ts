import { mkdirSync, writeFileSync } from 'node:fs';
import {
  Bus,
  DEFAULT_LIMITS,
  provisionBuckets,
  provisionStreams,
  renderBrokerConfig,
  type StreamLimits,
} from '@postroad/bus';
import { natsServer } from '@postroad/testkit';
import { Child } from './child.ts';
import type { Home } from './home.ts';
import { pidFile } from './orphans.ts';
import type { Ports } from './ports.ts';

export interface BrokerSettings {
  readonly count: 1 | 3;
  readonly sync: 'always' | 'lazy';
  /** Command each server runs under, e.g. strace. */
  readonly wrapper?: readonly string[];
}

/** The nats-servers of a stack, not yet started. */
export function brokers(
  home: Home,
  ports: Ports,
  settings: BrokerSettings,
  onCrash: (name: string, code: number | null) => void,
): Child[] {
  const indexes = Array.from({ length: settings.count }, (_, i) => i);
  const routes = indexes.map((i) => `nats://127.0.0.1:${ports.nats(i)[2]}`);
  return indexes.map((i) => {
    const [port, monitorPort, clusterPort] = ports.nats(i);
    const name = `nats-${i + 1}`;
    mkdirSync(home.path('nats', name), { recursive: true, mode: 0o700 });
    const config = home.path('nats', `${name}.conf`);
    const text = renderBrokerConfig({
      name,
      host: '127.0.0.1',
      port,
      monitorPort,
      storeDir: home.path('nats', name),
      pidFile: pidFile(home, name),
      sync: settings.sync,
      passwords: home.secrets().nats,
      ...(settings.count === 1 ? {} : { cluster: { name: 'postroad', port: clusterPort, routes } }),
    });
    writeFileSync(config, text, { mode: 0o600 });
    return new Child({
      name,
      command: [...(settings.wrapper ?? []), natsServer(), '-c', config],
      env: {},
      log: home.path('logs', `${name}.log`),
      readyUrl: `http://127.0.0.1:${monitorPort}/healthz`,
      onCrash,
    });
  });
}

const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** The administrator's connection; streams and buckets exist afterwards. */
export async function openAdminBus(
  home: Home,
  ports: Ports,
  count: 1 | 3,
  limits: Partial<StreamLimits>,
  durability: 'synced' | 'relaxed',
): Promise<Bus> {
  const indexes = Array.from({ length: count }, (_, i) => i);
  const bus = await Bus.connect({
    servers: indexes.map((i) => `127.0.0.1:${ports.nats(i)[0]}`),
    monitors: indexes.map((i) => `http://127.0.0.1:${ports.nats(i)[1]}`),
    agent: 'ops',
    password: home.secrets().nats.ops,
    durability,
    logger: silent,
  });
  await provisionStreams(bus.jsm, { ...DEFAULT_LIMITS, ...limits, replicas: count });
  await provisionBuckets(bus.jsm, count);
  return bus;
}
