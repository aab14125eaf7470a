import { type AgentContext, endsWithin } from '@postroad/bus';
import type { ConfigOf } from '@postroad/config';
import { KvDirectoryWriter } from '@postroad/directory';
import { openSpool } from '@postroad/spool';
import { METRICS } from '@postroad/telemetry';
import type { opsConfig } from './config.ts';
import { parseAgents } from './health.ts';
import { watchBroker } from './broker/watch.ts';
import { startCanary } from './canary/canary.ts';
import { canarySettings } from './canary/settings.ts';
import { consumeEvents } from './ingest/events.ts';
import { startReceiver } from './otlp/receiver.ts';
import { QueueReader } from './queue/overview.ts';
import { startServer } from './server.ts';
import { EventStore } from './store/event-store.ts';
import { readToken } from './token.ts';

const DAY_MS = 86_400_000;
const DRAIN_MS = 30_000;
/** For the event store's last transaction. */
const STORE_MS = 1_500;

export interface RunningOps {
  readonly port: number;
  readonly otlpPort: number | null;
  /** Answers what was asked (for `ms`), then closes the store. */
  drain(ms?: number): Promise<void>;
}

/** Store, receiver, API and console of one ops process. */
export async function startOps(
  agent: Pick<AgentContext, 'bus' | 'logger' | 'metrics' | 'events' | 'instance'>,
  config: ConfigOf<typeof opsConfig>,
  roles: ReadonlySet<string>,
): Promise<RunningOps> {
  const { bus, logger, metrics } = agent;
  const agents = parseAgents(config.agents);
  const canary = canarySettings(config);
  const token = readToken(config.tokenFile);
  const store = new EventStore({
    directory: config.storeDir,
    maxBytes: config.storeBytes,
    maxAgeMs: config.storeDays * DAY_MS,
  });
  const spool = await openSpool(bus, { monitors: config.natsMonitors });
  let draining = false;
  const context = {
    ...{ bus, logger, metrics, spool, store, agents },
    directory: new KvDirectoryWriter(bus),
    queue: new QueueReader(bus),
    operator: { bus, spool, events: agent.events.record, hostname: config.hostname },
    ready: () => (draining ? 'draining' : (bus.refusal?.message ?? store.failure?.message ?? null)),
  };
  metrics.gauge(METRICS.opsStoreReady, {}, () => (store.failure === null ? 1 : 0));
  const receiver = roles.has('otlp')
    ? await startReceiver({ host: config.otlpBind, port: config.otlpPort, store, metrics })
    : null;
  const events = roles.has('otlp') ? await consumeEvents(bus, store, metrics, logger) : null;
  const server = await startServer(context, {
    ...{ host: config.bind, port: config.httpPort, token, secureCookies: config.secureCookies, roles },
  });
  const look = watchBroker({ bus, metrics, logger }, config.natsMonitors);
  const flights = canary && startCanary({ bus, metrics, logger, instance: agent.instance }, canary);
  return {
    port: server.port,
    otlpPort: receiver?.address.port ?? null,
    drain: async (ms = DRAIN_MS) => {
      draining = true;
      look.stop();
      await Promise.all([flights?.drain(), server.drain(ms), receiver?.drain(ms), events?.drain(ms)]);
      await endsWithin(store.close(), STORE_MS);
      spool.close();
    },
  };
}
