import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError, type JetStreamManager, type PubAck } from '@nats-io/jetstream';
import { headers as newHeaders } from '@nats-io/nats-core';
import type { AckedPublisher } from './acked-publisher.ts';
import { BusUnavailable, Conflict, NotDurable, StreamFull } from './errors.ts';

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

const WRONG_LAST_SEQUENCE = 10071;
const WRONG_LAST_SEQUENCE_UNKNOWN = 10164;
const NO_MESSAGE = 10037;
const NO_STREAM = 10059;
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
    // A stream that is gone is 404 too, and says nothing of what stands in it.
    const missing = error instanceof JetStreamApiError && (error.code === NO_MESSAGE || error.status === 404);
    if (missing && error.code !== NO_STREAM) return null;
    throw error;
  }
}

/**
 * Publishes one record and waits until a stream has it, trying the same message id again until the deadline.
 * A repeat is answered in more than one way (an old sequence on one server, a duplicate on three, a lost race): on each
 * the subject is read back from the leader, and a record with our own id means success (DESIGN §3, asking again).
 */
export async function publish(
  publisher: AckedPublisher,
  jsm: JetStreamManager,
  stream: string,
  subject: string,
  data: Uint8Array,
  options: PublishOptions,
): Promise<PubAck> {
  const until = performance.now() + (options.deadlineMs ?? 30_000);
  let last: unknown;
  for (let attempt = 0; ; attempt++) {
    const left = until - performance.now();
    if (left <= 0 || options.signal?.aborted === true)
      throw new BusUnavailable(`no acknowledgement for ${subject}: ${String(last)}`, { cause: last });
    try {
      const timeout = Math.min(3_000, Math.max(left, 100));
      const ack = await publisher.publish(subject, data, headersOf(options), timeout);
      // A duplicate names the sequence of the first copy: it may be gone again, or replaced. Only the leader knows.
      if (ack.duplicate && options.expect !== undefined) return await confirmOwn(jsm, stream, subject, options.msgId);
      return ack;
    } catch (error) {
      if (error instanceof Conflict || error instanceof NotDurable) throw error;
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
      await sleep(Math.min(50 * 2 ** Math.min(attempt, 4), Math.max(until - performance.now(), 1)));
    }
  }
}

async function confirmOwn(jsm: JetStreamManager, stream: string, subject: string, msgId: string): Promise<PubAck> {
  const found = await readBack(jsm, stream, subject);
  if (found?.msgId === msgId) return { stream, seq: found.seq, duplicate: true };
  throw new Conflict(subject, found === null ? null : { seq: found.seq, msgId: found.msgId });
}

function headersOf({ msgId, expect, headers = {} }: PublishOptions) {
  const h = newHeaders();
  h.set('Nats-Msg-Id', msgId);
  if (expect !== undefined) h.set('Nats-Expected-Last-Subject-Sequence', String(expect));
  for (const [name, value] of Object.entries(headers)) h.set(name, value);
  return h;
}
