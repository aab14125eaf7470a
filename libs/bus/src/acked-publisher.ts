import { JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core';
import { endsWithin } from './within.ts';

interface Pending {
  readonly resolve: (ack: PubAck) => void;
  readonly reject: (error: Error) => void;
  readonly until: number;
}

/** How often overdue answers are looked for, ms. */
const SWEEP_MS = 100;

/**
 * Publishes to streams and waits for their acknowledgements over one subscription. It does what the library's request does,
 * without making two error objects and a timer for each message: under load those were a tenth of a process's time.
 * After a lost connection nothing is sent before {@link trust}: the library would keep it and send it to whatever server comes back,
 * and who acknowledges without being durable must not be asked.
 */
export class AckedPublisher {
  readonly #nc: NatsConnection;
  readonly #inbox: string;
  readonly #pending = new Map<string, Pending>();
  /** Closed while the server is not known to be durable. */
  #gate: PromiseWithResolvers<void> | null = null;
  #last = 0;
  #sweeper: NodeJS.Timeout | null = null;

  constructor(nc: NatsConnection, inboxPrefix: string) {
    this.#nc = nc;
    this.#inbox = createInbox(inboxPrefix);
    nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#answered(message);
      },
    });
  }

  /** @throws JetStreamApiError when the stream refused it; what {@link distrust} was given; any other error when nothing is known */
  publish(subject: string, data: Uint8Array, headers: MsgHdrs, timeoutMs: number): Promise<PubAck> {
    if (this.#gate !== null) return this.#publishLater(this.#gate.promise, subject, data, headers, timeoutMs);
    const token = (++this.#last).toString(36);
    return new Promise<PubAck>((resolve, reject) => {
      this.#nc.publish(subject, data, { reply: `${this.#inbox}.${token}`, headers });
      this.#pending.set(token, { resolve, reject, until: performance.now() + timeoutMs });
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS);
    });
  }

  async #publishLater(gate: Promise<void>, ...[subject, data, headers, ms]: Parameters<AckedPublisher['publish']>) {
    const until = performance.now() + ms;
    if (!(await endsWithin(gate, ms)))
      throw new Error('the broker is away, or was not asked yet whether it is durable');
    await gate;
    return this.publish(subject, data, headers, Math.max(until - performance.now(), 100));
  }

  /** From here on the server acknowledges what it has on disk. */
  trust(): void {
    this.#gate?.resolve();
    this.#gate = null;
  }

  /** It does not: who waits, also for an answer, hears of it; who comes waits. */
  distrust(error: Error): void {
    this.#gate?.reject(error);
    this.#close();
    this.#rejectAll(error);
  }

  #close(): void {
    this.#gate = Promise.withResolvers<void>();
    // Perhaps nobody waits.
    this.#gate.promise.catch(() => undefined);
  }

  /** Whoever waits hears that no answer will come: the connection it was asked on is gone. */
  connectionLost(): void {
    if (this.#gate === null) this.#close();
    this.#rejectAll(new Error('the connection to the broker was lost'));
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #answered(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length + 1);
    const pending = this.#pending.get(token);
    if (pending === undefined) return;
    this.#pending.delete(token);
    // 503: nobody listens on the subject, so the stream is missing or has no leader now.
    if (message.headers?.code === 503) return pending.reject(new Error('no stream answers on this subject'));
    try {
      const ack = message.json<PubAck & { error?: ConstructorParameters<typeof JetStreamApiError>[0] }>();
      if (ack.error !== undefined) pending.reject(new JetStreamApiError(ack.error));
      else pending.resolve({ stream: ack.stream, seq: ack.seq, duplicate: ack.duplicate ?? false });
    } catch (error) {
      pending.reject(error as Error);
    }
  }

  #sweep(): void {
    const now = performance.now();
    for (const [token, { until, reject }] of this.#pending) {
      // In the order in which they were sent; deadlines differ, so the rest is looked at too.
      if (until > now) continue;
      this.#pending.delete(token);
      reject(new Error('no acknowledgement in time'));
    }
    if (this.#pending.size > 0 || this.#sweeper === null) return;
    clearInterval(this.#sweeper);
    this.#sweeper = null;
  }
}
