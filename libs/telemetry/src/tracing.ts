import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { RateLimitedSampler } from './sampler.ts';

export interface TracingOptions {
  /** `service.name`: postroad-msa … */
  readonly service: string;
  /** OTLP/HTTP base address, e.g. `http://127.0.0.1:14318`; absent: spans are made (ids travel on) but not sent. */
  readonly endpoint?: string;
  /** New traces a second that are recorded. Default 50. */
  readonly perSecond?: number;
}

export interface MailSpan {
  /** What a record or head carries on: `00-…-…-0n` (W3C Trace Context). */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** With an error, the span is marked as failed by its message. */
  end(error?: unknown): void;
}

export interface SpanOptions {
  /** Continues this trace (the next agent on the way). */
  readonly parent?: string | undefined;
  /** Points at another trace without being its child: a later attempt, a message made from another (DESIGN §4). */
  readonly link?: string | undefined;
  readonly attributes?: Attributes;
}

const SHUTDOWN_MS = 1_000;
const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Reads a traceparent header; undefined when it is none. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const match = text === undefined ? null : FORM.exec(text);
  if (match === null || /^0+$/.test(match[1] ?? '') || /^0+$/.test(match[2] ?? '')) return undefined;
  return {
    traceId: match[1] ?? '',
    spanId: match[2] ?? '',
    traceFlags: Number.parseInt(match[3] ?? '0', 16) & 1,
    isRemote: true,
  };
}

export class Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;

  constructor(options: TracingOptions) {
    const spanProcessors =
      options.endpoint === undefined || options.endpoint === ''
        ? []
        : [
            new BatchSpanProcessor({
              exporter: new OTLPTraceExporter({
                url: new URL('/v1/traces', options.endpoint).href,
                timeoutMillis: 5_000,
              }),
              scheduledDelayMillis: 1_000,
              maxQueueSize: 4_096,
            }),
          ];
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': options.service, 'service.instance.id': `${process.pid}` }),
      sampler: new RateLimitedSampler(options.perSecond ?? 50),
      spanLimits: { attributeValueLengthLimit: 512, attributeCountLimit: 32 },
      spanProcessors,
    });
    this.#tracer = this.#provider.getTracer('postroad');
  }

  span(name: string, options: SpanOptions = {}): MailSpan {
    const parent = parseTraceparent(options.parent);
    const linked = parseTraceparent(options.link);
    const links: Link[] = linked === undefined ? [] : [{ context: linked }];
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    return wrap(
      this.#tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes: options.attributes ?? {}, links }, context),
    );
  }

  async shutdown(): Promise<void> {
    // A collector that is away must not hold up a drain.
    await Promise.race([
      this.#provider.shutdown().catch(() => undefined),
      sleep(SHUTDOWN_MS, undefined, { ref: false }),
    ]);
  }
}

function wrap(span: Span): MailSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    set: (attributes) => void span.setAttributes(attributes),
    end: (error) => {
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: describe(error) });
      span.end();
    },
  };
}

/** What went wrong, in words; never the fields of an object, which may hold anything. */
function describe(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : 'unknown error';
}
