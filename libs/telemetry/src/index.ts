export { type EventBatch, EventSink, type MailEvent } from './events.ts';
export { type HealthOptions, serveHealth } from './health.ts';
export { createLogger, type Logger } from './logger.ts';
export { probe, type Readiness } from './probe.ts';
export { METRICS } from './metrics/catalogue.ts';
export type { Definition } from './metrics/definition.ts';
export { statusClass } from './metrics/status-class.ts';
export { Metrics, type Sample } from './metrics/metrics.ts';
export { type MailSpan, parseTraceparent, type SpanOptions, Tracing, type TracingOptions } from './tracing.ts';
