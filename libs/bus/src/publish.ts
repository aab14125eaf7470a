import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamClient, JetStreamApiError, type JetStreamManager, type PubAck } from '@nats-io/jetstream';
import { headers as newHeaders } from '@nats-io/nats-core';
import { BusUnavailable, Conflict, StreamFull } from './errors.ts';

export interface PublishOptions {
  /** Nats-Msg-Id: the same on every try of the same record. */
  readonly msgId: string;
  /** Expected last sequence of the subject; 0: nothing may stand there. Absent: whatever stands there is replaced. */
  readonly expect?: number;
  /** Further headers, e.g. `Pr-State`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until it gives up with {@link BusUnavailable}. Default 30 s. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** Tells publishes that wait for an answer when the connection is lost (none will come) or found again (try now). */
export class ConnectionSignal {
  readonly #waiting = new Set<() => void>();
  /** Rejects or resolves whatever waits, by the callbacks it gave. */
  fire(): void {
    for (const wake of [...this.#waiting]) wake();
  }
  /** Resolves when `work` does, or rejects at the next signal. */
  async race<T>(work: Promise<T>): Promise<T> {
    let wake = () => {};
    const lost = new Promise<never>((_, reject) => {
      wake = () => reject(new Error('the connection to the broker was lost'));
      this.#waiting.add(wake);
    });
    try {
      return await Promise.race([work, lost]);
    } finally {
      this.#waiting.delete(wake);
    }
  }
  /** Resolves after `ms`, or at the next signal. */
  async pause(ms: number): Promise<void> {
    await this.race(sleep(ms)).catch(() => undefined);
  }
}

const WRONG_LAST_SEQUENCE = 10071;
const WRONG_LAST_SEQUENCE_UNKNOWN = 10164;
const NO_MESSAGE = 10037;
/** Errors that say "full", from the stream's limits, the account's or the server's disk. */
const FULL = new Set([10023, 10047, 10077, 10122]);
const FULL_TEXT = /maximum (bytes|messages)|resource|insufficient|no space/i;

/** The leader's own answer to what stands on a subject: never a follower's, which may lag (DESIGN §3, a miss is not a fact). */
export async function readBack(jsm: JetStreamManager, stream: string, subject: string) {
  try {
    const message = await jsm.streams.getMessage(stream, { last_by_subj: subject });
    return message === null
      ? null
      : { seq: message.seq, msgId: message.header.get('Nats-Msg-Id'), data: message.data, headers: message.header };
  } catch (error) {
    if (error instanceof JetStreamApiError && (error.code === NO_MESSAGE || error.status === 404)) return null;
    throw error;
  }
}

/**
 * Publishes one record and waits until a stream has it, trying the same message id again until the deadline.
 * A repeat is answered in more than one way (an old sequence on one server, a duplicate on three, a lost race): on each
 * the subject is read back from the leader, and a record with our own id means success (DESIGN §3, asking again).
 */
export async function publish(
  js: JetStreamClient,
  jsm: JetStreamManager,
  stream: string,
  subject: string,
  data: Uint8Array,
  options: PublishOptions,
  signal: ConnectionSignal = new ConnectionSignal(),
): Promise<PubAck> {
  const until = performance.now() + (options.deadlineMs ?? 30_000);
  let last: unknown;
  for (let attempt = 0; ; attempt++) {
    const left = until - performance.now();
    if (left <= 0 || options.signal?.aborted === true)
      throw new BusUnavailable(`no acknowledgement for ${subject}: ${String(last)}`, { cause: last });
    try {
      const publishing = js.publish(subject, data, {
        msgID: options.msgId,
        timeout: Math.min(3_000, Math.max(left, 100)),
        retries: 1,
        ...(options.expect === undefined ? {} : { expect: { lastSubjectSequence: options.expect } }),
        ...(options.headers === undefined ? {} : { headers: toHeaders(options.headers) }),
      });
      const ack = await signal.race(publishing);
      // A duplicate names the sequence of the first copy: it may be gone again, or replaced. Only the leader knows.
      if (ack.duplicate && options.expect !== undefined) return await confirmOwn(jsm, stream, subject, options.msgId);
      return ack;
    } catch (error) {
      if (error instanceof Conflict) throw error;
      if (error instanceof JetStreamApiError) {
        if (error.code === WRONG_LAST_SEQUENCE || error.code === WRONG_LAST_SEQUENCE_UNKNOWN) {
          const own = await confirmOwn(jsm, stream, subject, options.msgId).catch((e: unknown) => {
            if (e instanceof Conflict) throw e;
            last = e;
            return null;
          });
          if (own !== null) return own;
        } else if (FULL.has(error.code) || FULL_TEXT.test(error.message)) {
          throw new StreamFull(`${stream} is full: ${error.message}`, { cause: error });
        }
      }
      last = error;
      await signal.pause(Math.min(50 * 2 ** Math.min(attempt, 6), 2_000, Math.max(until - performance.now(), 1)));
    }
  }
}

async function confirmOwn(jsm: JetStreamManager, stream: string, subject: string, msgId: string): Promise<PubAck> {
  const found = await readBack(jsm, stream, subject);
  if (found?.msgId === msgId) return { stream, seq: found.seq, duplicate: true };
  throw new Conflict(subject, found === null ? null : { seq: found.seq, msgId: found.msgId });
}

function toHeaders(values: Readonly<Record<string, string>>) {
  const h = newHeaders();
  for (const [name, value] of Object.entries(values)) h.set(name, value);
  return h;
}
