import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus } from '@postroad/bus';
import { provision, TestBroker } from '@postroad/bus/testing';
import { loadConfig } from '@postroad/config';
import { makeQueueId, type QueueId } from '@postroad/mail';
import { createLogger, EventSink, type MailEvent, Metrics } from '@postroad/telemetry';
import type { Health, QueueCounts, QueueRecordView } from '../api/schemas.ts';
import { opsConfig } from '../config.ts';
import { type RunningOps, startOps } from '../role.ts';
import type { OperationResult } from '@postroad/spool';
import type { Story } from '../story/schema.ts';
import { readToken } from '../token.ts';

/** What answers hold, all of them together: a test reads the parts that its request has. */
export interface Answer {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly messages?: readonly Story[];
  readonly records: readonly QueueRecordView[];
  readonly counts: QueueCounts;
  readonly cut: boolean;
  readonly next?: string;
  readonly results: readonly OperationResult[];
  readonly envelope: { readonly sender: string; readonly size: number };
  readonly accounts: readonly { readonly address: string }[];
  readonly ready: boolean;
  readonly broker: Health['broker'];
  readonly agents: Health['agents'];
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Ops on a real broker, with an event sink like the agents' own. */
export class Harness {
  readonly broker: TestBroker;
  readonly bus: Bus;
  readonly ops: RunningOps;
  readonly dir: string;
  readonly token: string;
  readonly metrics: Metrics;
  readonly #events: EventSink;

  private constructor(parts: Pick<Harness, 'broker' | 'bus' | 'ops' | 'dir' | 'token' | 'metrics'>, events: EventSink) {
    this.broker = parts.broker;
    this.bus = parts.bus;
    this.ops = parts.ops;
    this.dir = parts.dir;
    this.token = parts.token;
    this.metrics = parts.metrics;
    this.#events = events;
  }

  static async start(agents: readonly string[] = []): Promise<Harness> {
    const dir = mkdtempSync(join(tmpdir(), 'postroad-ops-'));
    const broker = await TestBroker.start({ servers: 1 });
    const bus = await provision(broker);
    const metrics = new Metrics();
    const events = new EventSink(
      (subject, data) => bus.publish('EVENTS', subject, data, { msgId: crypto.randomUUID() }),
      metrics,
    );
    const env = {
      ...{ POSTROAD_OPS_HTTP_PORT: '0', POSTROAD_OPS_OTLP_PORT: '0', POSTROAD_OPS_TOKEN_FILE: join(dir, 'token') },
      ...{
        POSTROAD_OPS_STORE_DIR: join(dir, 'store'),
        POSTROAD_OPS_AGENTS: agents.join(','),
        POSTROAD_NATS_MONITORS: broker.monitors.join(','),
      },
    };
    const logger = createLogger('ops', 'silent');
    const ops = await startOps(
      { bus, logger, metrics, events, instance: 'ops-test' },
      loadConfig(opsConfig, { env }),
      new Set(['api', 'console', 'otlp']),
    );
    return new Harness({ broker, bus, ops, dir, metrics, token: readToken(join(dir, 'token')) }, events);
  }

  get url(): string {
    return `http://127.0.0.1:${this.ops.port}`;
  }
  get otlp(): string {
    return `http://127.0.0.1:${this.ops.otlpPort}/v1/traces`;
  }

  record(event: Omit<MailEvent, 'at'>): void {
    this.#events.record(event);
  }

  /** One request with the token; the answer's status and JSON. */
  async api(method: string, path: string, body?: unknown): Promise<{ status: number; body: Answer }> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer };
  }

  async stop(): Promise<void> {
    await this.#events.close();
    await this.ops.drain();
    await this.bus.close();
    await this.broker.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export const newQueueId = (at = Date.now()): QueueId => makeQueueId(at, randomBytes(10));
export const hex = (bytes: number) => randomBytes(bytes).toString('hex');

export interface SpanSketch {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly start: number;
  readonly ms: number;
  readonly queueId?: string;
  readonly link?: string;
  readonly error?: string;
}

/** An OTLP/JSON export of one service. */
export function otlpExport(service: string, spans: readonly SpanSketch[]): object {
  const nano = (ms: number) => `${Math.round(ms * 1_000)}000`;
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  return {
    resourceSpans: [
      {
        resource: { attributes: [attribute('service.name', service)] },
        scopeSpans: [
          {
            scope: { name: 'postroad' },
            spans: spans.map(({ start, ms, queueId, link, error, ...rest }) => ({
              ...rest,
              kind: 1,
              startTimeUnixNano: nano(start),
              endTimeUnixNano: nano(start + ms),
              attributes: queueId === undefined ? [] : [attribute('postroad.queue_id', queueId)],
              links: link === undefined ? [] : [{ traceId: link, spanId: hex(8) }],
              status: error === undefined ? {} : { code: 2, message: error },
            })),
          },
        ],
      },
    ],
  };
}
