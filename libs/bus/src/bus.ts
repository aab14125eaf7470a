import { setTimeout as sleep } from 'node:timers/promises';
import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type PubAck,
} from '@nats-io/jetstream';
import type { NatsConnection, Status } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { type Consumption, consume, type ConsumeOptions } from './consume.ts';
import { checkDurability, type Durability } from './durability.ts';
import type { Metrics } from '@postroad/telemetry';
import { AckedPublisher } from './acked-publisher.ts';
import { BusMeter } from './bus-meter.ts';
import { NotDurable } from './errors.ts';
import { trustMonitors } from './monitor.ts';
import { publish, type PublishOptions, readBack } from './publish.ts';
import { endsWithin } from './within.ts';
import type { BucketName } from './buckets.ts';
import type { StreamName } from './subjects.ts';

/** Until the servers are asked again whether they are durable, after one that could not be asked, and one that is not. */
const RECHECK_MS = { unknown: 250, lazy: 1_000 };
/** A server that does not answer for so long is taken for one that is down: nothing is published before that. */
const ASK_MS = 1_000;
/** One of several servers may come back lazy without our connection being lost. */
const PATROL_MS = 30_000;
/** How often a wait for the first broker is told of. */
const WAITING_MS = 10_000;
/** For the last words to the broker. */
const CLOSE_MS = 1_000;

/** A stream, or the stream behind a KV bucket. */
export type AnyStream = StreamName | `KV_${BucketName}`;

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
  /** How often the servers are asked whether they are durable while all is well, ms. Default 30 s. */
  readonly patrolMs?: number;
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
  /** Counts lost ones. */
  #connection = 0;
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
    // From the beginning: whatever happens to the connection while the servers are asked counts too.
    const statuses = nc.status();
    try {
      await checkDurability(options.monitors, options.durability);
      const bus = new Bus(nc, await jetstreamManager(nc, { checkAPI: false }), options);
      void bus.#watch(statuses, options);
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

  /** Called after each reconnect: caches fed by a subscription may have missed something. @returns ends that */
  onReconnect(callback: () => void): () => void {
    this.#reconnected.add(callback);
    return () => void this.#reconnected.delete(callback);
  }

  async publish(stream: AnyStream, subject: string, data: Uint8Array, options: PublishOptions): Promise<PubAck> {
    const started = performance.now();
    try {
      // A server that could not be asked yet is waited for.
      if (this.#refusal instanceof NotDurable) throw this.#refusal;
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

  async #watch(statuses: AsyncIterable<Status>, options: BusOptions): Promise<void> {
    const patrol = setInterval(() => void this.#patrol(options), options.patrolMs ?? PATROL_MS).unref();
    for await (const status of statuses) {
      if (status.type === 'disconnect') {
        this.#connection++;
        this.#meter?.lost();
        this.#publisher.connectionLost();
        options.logger.warn({ server: status.server }, 'lost the broker');
      }
      if (status.type === 'error') options.logger.error({ err: status.error }, 'the broker refused something');
      if (status.type !== 'reconnect') continue;
      this.#meter?.reconnected();
      // Not awaited: the connection may be lost again meanwhile, and that must be heard of at once.
      void this.#recheck(options);
      for (const callback of this.#reconnected) callback();
    }
    clearInterval(patrol);
  }

  async #patrol(options: BusOptions): Promise<void> {
    if (this.#refusal !== null) return;
    const lazy = await checkDurability(options.monitors, options.durability, ASK_MS).then(
      () => false,
      (error: unknown) => error instanceof NotDurable,
    );
    if (lazy && this.#refusal === null) await this.#recheck(options);
  }

  /**
   * Asks until the servers are durable (the monitoring port may come up after the client port); only then anything is published on
   * this connection.
   */
  async #recheck({ monitors, durability, logger }: BusOptions): Promise<void> {
    const connection = this.#connection;
    const ours = () => connection === this.#connection && !this.nc.isClosed();
    for (let told = ''; ours();) {
      const error = await checkDurability(monitors, durability, ASK_MS).then(
        () => null,
        (reason: Error) => reason,
      );
      if (!ours()) return;
      this.#refusal = error;
      if (error === null) {
        this.#publisher.trust();
        logger.info({}, 'the broker is there, and durable');
        return;
      }
      const lazy = error instanceof NotDurable;
      if (lazy) this.#publisher.distrust(error);
      if (told !== error.message)
        logger.error({ err: error }, 'the broker may not be durable: refusing to serve until it is');
      told = error.message;
      await sleep(RECHECK_MS[lazy ? 'lazy' : 'unknown'], undefined, { ref: false });
    }
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
