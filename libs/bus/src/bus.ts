import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type PubAck,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { type Consumption, consume, type ConsumeOptions } from './consume.ts';
import { checkDurability, type Durability } from './durability.ts';
import type { Metrics } from '@postroad/telemetry';
import { AckedPublisher } from './acked-publisher.ts';
import { BusMeter } from './bus-meter.ts';
import { trustMonitors } from './monitor.ts';
import { publish, type PublishOptions, readBack } from './publish.ts';
import { endsWithin } from './within.ts';
import type { BucketName } from './buckets.ts';
import type { StreamName } from './subjects.ts';

/** How often a wait for the first broker is told of. */
const WAITING_MS = 10_000;
/** For the last words to the broker. */
const CLOSE_MS = 1_000;

/** A stream, or the stream behind a KV bucket. */
type AnyStream = StreamName | `KV_${BucketName}`;

/** What the bus needs of a logger; pino's shape. */
export interface BusLogger {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface BusOptions {
  /** `host:port` of each server. */
  readonly servers: readonly string[];
  /** Monitoring addresses (`http://host:port`) of each server, for the durability check. */
  readonly monitors: readonly string[];
  /** The agent: user, inbox prefix and connection name. */
  readonly agent: string;
  readonly password?: string;
  /** TLS with the servers, which must then offer it; PEM files. Read anew at each connection. */
  readonly tls?: BusTls;
  readonly durability: Durability;
  readonly logger: BusLogger;
  /** Where the connection and its publishes are counted. */
  readonly metrics?: Metrics;
}

export interface BusTls {
  readonly ca: string;
  /** Our own certificate and its key (mTLS). */
  readonly cert?: string;
  readonly key?: string;
}

/** One agent's connection to the broker. */
export class Bus {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly #publisher: AckedPublisher;
  readonly #meter: BusMeter | undefined;
  #refusal: Error | null = null;
  readonly #reconnected = new Set<() => void>();

  private constructor(nc: NatsConnection, jsm: JetStreamManager, { agent, metrics }: BusOptions) {
    this.nc = nc;
    this.#meter = metrics && new BusMeter(metrics);
    this.#publisher = new AckedPublisher(nc, inboxOf(agent));
    this.js = jetstream(nc);
    this.jsm = jsm;
  }

  /**
   * Connects (waiting for the first server as long as it takes), and refuses lazy servers at start and at every reconnect.
   * @throws NotDurable
   */
  static async connect(options: BusOptions): Promise<Bus> {
    if (options.tls !== undefined) trustMonitors(options.monitors, options.tls.ca);
    const waiting = setInterval(
      () =>
        options.logger.warn(
          { servers: options.servers },
          'no broker takes us yet: is it up, and are TLS and password right?',
        ),
      WAITING_MS,
    );
    const nc = await connect({
      servers: [...options.servers],
      name: `postroad-${options.agent}`,
      inboxPrefix: inboxOf(options.agent),
      ...(options.password === undefined ? {} : { user: options.agent, pass: options.password }),
      maxReconnectAttempts: -1,
      waitOnFirstConnect: true,
      reconnectTimeWait: 250,
      pingInterval: 10_000,
      maxPingOut: 2,
      ...(options.tls === undefined ? {} : { tls: filesOf(options.tls) }),
    }).finally(() => clearInterval(waiting));
    try {
      await checkDurability(options.monitors, options.durability);
      const bus = new Bus(nc, await jetstreamManager(nc, { checkAPI: false }), options);
      void bus.#watch(options);
      return bus;
    } catch (error) {
      await nc.close();
      throw error;
    }
  }

  /** Null while the broker may be trusted; otherwise why not. Doors answer 451 and `/readyz` fails while it is set. */
  get refusal(): Error | null {
    return this.nc.isClosed() ? new Error('the connection to the broker is closed') : this.#refusal;
  }

  /** Called after each reconnect: caches fed by a subscription may have missed something. */
  onReconnect(callback: () => void): void {
    this.#reconnected.add(callback);
  }

  async publish(stream: AnyStream, subject: string, data: Uint8Array, options: PublishOptions): Promise<PubAck> {
    const started = performance.now();
    try {
      if (this.#refusal !== null) throw this.#refusal;
      const ack = await publish(this.#publisher, this.jsm, stream, subject, data, options);
      this.#meter?.published(stream, started);
      return ack;
    } catch (error) {
      this.#meter?.failed(stream, error);
      throw error;
    }
  }

  /** What the stream's leader holds on a subject now; null is a fact. */
  readBack(stream: AnyStream, subject: string) {
    return readBack(this.jsm, stream, subject);
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    const consumption = await consume(this.js, this.jsm, options);
    this.onReconnect(() => consumption.restart());
    return consumption;
  }

  /** Sends what is left (acks) and closes; a broker that is away is not waited for. */
  async close(): Promise<void> {
    if (!this.nc.isClosed()) await endsWithin(this.nc.drain(), CLOSE_MS);
    if (!this.nc.isClosed()) await endsWithin(this.nc.close(), CLOSE_MS);
  }

  async #watch(options: BusOptions): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') {
        this.#meter?.lost();
        this.#publisher.connectionLost();
        options.logger.warn({ server: status.server }, 'lost the broker');
      }
      if (status.type === 'error') options.logger.error({ err: status.error }, 'the broker refused something');
      if (status.type !== 'reconnect') continue;
      this.#meter?.reconnected();
      await this.#recheck(options);
      for (const callback of this.#reconnected) callback();
    }
  }

  /** Asks again until every server is durable: the monitoring port may come up after the client port. */
  async #recheck(options: BusOptions): Promise<void> {
    this.#refusal = await checkDurability(options.monitors, options.durability).then(
      () => null,
      (error: Error) => error,
    );
    if (this.#refusal === null) {
      options.logger.info({}, 'reconnected to the broker');
      return;
    }
    options.logger.error({ err: this.#refusal }, 'reconnected to a broker that may not be durable: refusing to serve');
    setTimeout(() => {
      if (!this.nc.isClosed() && this.#refusal !== null) void this.#recheck(options);
    }, 1_000).unref();
  }
}

const inboxOf = (agent: string) => `_INBOX_${agent}`;

function filesOf({ ca, cert, key }: BusTls) {
  return {
    caFile: ca,
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  };
}
