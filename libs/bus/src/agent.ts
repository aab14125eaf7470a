import { hostname } from 'node:os';
import {
  createLogger,
  EventSink,
  type Logger,
  Metrics,
  METRICS,
  type Readiness,
  serveHealth,
  Tracing,
} from '@postroad/telemetry';
import { Bus, type BusTls } from './bus.ts';
import type { Durability } from './durability.ts';
import type { Agent } from './permissions.ts';
import { endsWithin } from './within.ts';

/** Of the image (deploy/docker sets it); a checkout has none. */
const VERSION = process.env['POSTROAD_BUILD'] ?? 'source';

/** For the last events: nobody waits longer for telemetry. */
const EVENTS_MS = 1_000;

/** The settings every agent has (`commonShape` of @postroad/config). */
export interface AgentSettings {
  readonly instance: string;
  readonly healthBind: string;
  readonly healthPort: number;
  readonly natsServers: readonly string[];
  readonly natsMonitors: readonly string[];
  readonly natsPassword?: string | undefined;
  /** PEM files; empty: plain, and no certificate of ours. */
  readonly natsTlsCa: string;
  readonly natsTlsCert: string;
  readonly natsTlsKey: string;
  readonly durability: Durability;
  readonly otlpEndpoint: string;
  readonly tracesPerSecond: number;
  readonly logLevel: string;
}

/** What every agent on the bus stands on. */
export interface AgentContext {
  /** Name of this process in leases. */
  readonly instance: string;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: Metrics;
  readonly events: EventSink;
  /** Adds a reason why the agent cannot do its work now, asked at each `/readyz`; null when it can. */
  addReadiness(check: Readiness): void;
  /** All doors are open: `/readyz` answers 200 from here on, as long as nothing speaks against it. */
  ready(): void;
  /** Turns readiness off (the first step of a drain). */
  unready(): void;
  /** Sends what telemetry is left and closes the connection: the last step. */
  close(): Promise<void>;
}

/**
 * Connects an agent to the broker (refusing one that is not durable), and opens logs, spans, events, metrics and health.
 * `name` is the user at the broker; `service` tells processes of one app apart in traces.
 */
export async function openAgent(name: Agent, settings: AgentSettings): Promise<AgentContext> {
  const logger = createLogger(name, settings.logLevel);
  const metrics = new Metrics();
  const bus = await Bus.connect({
    servers: settings.natsServers,
    monitors: settings.natsMonitors,
    agent: name,
    ...(settings.natsPassword === undefined ? {} : { password: settings.natsPassword }),
    ...tlsOf(settings),
    durability: settings.durability,
    logger,
    metrics,
  });
  const tracing = new Tracing({
    service: `postroad-${name}`,
    perSecond: settings.tracesPerSecond,
    ...(settings.otlpEndpoint === '' ? {} : { endpoint: settings.otlpEndpoint }),
  });
  metrics.gauge(METRICS.buildInfo, { agent: name, version: VERSION }, () => 1);
  const events = new EventSink(
    (subject, data) => bus.publish('EVENTS', subject, data, { msgId: crypto.randomUUID(), deadlineMs: 10_000 }),
    metrics,
  );
  let started = false;
  let draining = false;
  const checks: Readiness[] = [];
  const firstReason = async () => {
    if (draining) return 'draining';
    const known = bus.refusal?.message ?? (started ? null : 'starting');
    // All at once: together they take no longer than the slowest.
    return known ?? (await Promise.all(checks.map(async (check) => check()))).find((reason) => reason !== null) ?? null;
  };
  const health = await serveHealth({
    host: settings.healthBind,
    port: settings.healthPort,
    ready: firstReason,
    metrics,
  });
  return {
    instance: settings.instance === '' ? `${hostname()}-${process.pid}-${crypto.randomUUID()}` : settings.instance,
    bus,
    logger,
    tracing,
    metrics,
    events,
    addReadiness: (check) => checks.push(check),
    ready: () => {
      started = true;
    },
    unready: () => {
      draining = true;
    },
    close: async () => {
      await endsWithin(events.close(), EVENTS_MS);
      await tracing.shutdown();
      await health.close();
      await bus.close();
    },
  };
}

function tlsOf({ natsTlsCa: ca, natsTlsCert: cert, natsTlsKey: key }: AgentSettings): { tls?: BusTls } {
  const wrong = (text: string) => Object.assign(new Error(text), { code: 'CONFIG_INVALID' });
  if ((cert === '') !== (key === '')) throw wrong('natsTlsCert and natsTlsKey belong together: set both or none');
  if (ca === '' && cert !== '') throw wrong('natsTlsCert is set, but natsTlsCa is not: it says which servers to trust');
  return ca === '' ? {} : { tls: { ca, ...(cert === '' ? {} : { cert, key }) } };
}
