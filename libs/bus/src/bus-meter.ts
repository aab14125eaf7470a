import { type Metrics, METRICS } from '@postroad/telemetry';
import { BusUnavailable, Conflict, NotDurable, StreamFull } from './errors.ts';

/** Counts what one agent's connection to the broker does. */
export class BusMeter {
  readonly #metrics: Metrics;
  #connected = true;

  /** Made with the connection, when it stands. */
  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    metrics.gauge(METRICS.busConnected, {}, () => (this.#connected ? 1 : 0));
  }

  lost(): void {
    this.#connected = false;
  }

  reconnected(): void {
    this.#connected = true;
    this.#metrics.count(METRICS.busReconnects, {});
  }

  /** One publish since `started` (`performance.now()`). */
  published(stream: string, started: number): void {
    this.#metrics.observe(METRICS.busPublish, { stream }, (performance.now() - started) / 1_000);
  }

  failed(stream: string, error: unknown): void {
    this.#metrics.count(METRICS.busPublishFailures, { stream, code: codeOf(error) });
  }
}

function codeOf(error: unknown): string {
  const ours = [BusUnavailable, Conflict, NotDurable, StreamFull].some((kind) => error instanceof kind);
  return ours ? (error as { readonly code: string }).code : 'OTHER';
}
