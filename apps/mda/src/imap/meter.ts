import type { SessionObserver } from '@postroad/imap';
import { DoorMeter } from '@postroad/net';
import { type Metrics, METRICS } from '@postroad/telemetry';

/** Counts what the IMAP sessions of a process do: once a command, and octets as plain numbers, so that FETCH costs nothing more. */
export class ImapMeter implements SessionObserver {
  readonly door: DoorMeter;
  /** Octets of IMAP so far: inside TLS and COMPRESS. */
  received = 0;
  sent = 0;
  readonly #metrics: Metrics;
  #idle = 0;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.door = new DoorMeter(metrics, 'imap');
    metrics.total(METRICS.imapBytes, { direction: 'in' }, () => this.received);
    metrics.total(METRICS.imapBytes, { direction: 'out' }, () => this.sent);
    metrics.gauge(METRICS.imapIdle, {}, () => this.#idle);
  }

  command(
    name: string | null,
    { status, code }: { readonly status: 'OK' | 'NO' | 'BAD'; readonly code?: string },
    ms: number,
  ): void {
    const command = name ?? 'other';
    this.#metrics.count(METRICS.imapCommands, { command, outcome: status.toLowerCase() });
    // IDLE lasts as long as the client likes, and what could not be read took no time
    if (name !== null && name !== 'IDLE') this.#metrics.observe(METRICS.imapSeconds, { command }, ms / 1_000);
    // annotations have a limit of their own
    if (code === 'OVERQUOTA' && name !== 'SETMETADATA') this.#metrics.count(METRICS.quotaRefusals, { door: 'imap' });
  }

  auth(mechanism: string, outcome: 'ok' | 'refused' | 'error'): void {
    this.door.auth(mechanism, outcome);
  }

  idle(on: boolean): void {
    this.#idle += on ? 1 : -1;
  }
}
