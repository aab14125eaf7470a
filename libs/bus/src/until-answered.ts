import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import { PermissionViolationError, RequestError, TimeoutError } from '@nats-io/nats-core';

/** For three servers to find each other and elect, on a machine that is busy with other things. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 250;
/** Too few of the servers are seen yet to hold the copies. */
const NO_PEERS = 10005;

/**
 * Does what may be done again to streams and consumers until the broker has answered: a request that arrives while the servers elect
 * a leader is dropped in silence, or answered 503.
 * @throws the broker's refusal at once, or, after a minute, what it answered last
 */
export async function untilAnswered<T>(work: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + PATIENCE_MS; ;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnanswered(error) || performance.now() > until) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

function isUnanswered(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status === 503 || error.code === NO_PEERS;
  if (error instanceof RequestError) return !(error.cause instanceof PermissionViolationError);
  return error instanceof TimeoutError;
}
