import type { StreamConfig } from '@nats-io/jetstream';
import { type JetStreamManager, JetStreamApiError } from '@nats-io/jetstream';
import { STREAMS, type StreamName } from './subjects.ts';
import { untilAnswered } from './until-answered.ts';

/** Limits of the streams, in bytes and nanoseconds. The defaults fit one machine; the chart sets its own. */
export interface StreamLimits {
  readonly replicas: 1 | 3 | 5;
  readonly spoolBytes: number;
  readonly recordBytes: number;
  readonly eventBytes: number;
  readonly eventAgeDays: number;
}

export const DEFAULT_LIMITS: StreamLimits = {
  replicas: 1,
  spoolBytes: 8 * 1024 ** 3,
  recordBytes: 2 * 1024 ** 3,
  eventBytes: 1024 ** 3,
  eventAgeDays: 30,
};

const SECOND = 1_000_000_000;

/** Mail streams never discard what they accepted: they refuse what is new (DESIGN §3, being full). */
function mailStream(name: StreamName, subject: string, bytes: number, limits: StreamLimits): Partial<StreamConfig> {
  return {
    name,
    subjects: [subject],
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    max_bytes: bytes,
    num_replicas: limits.replicas,
    allow_direct: true,
    duplicate_window: 120 * SECOND,
  };
}

function streamConfigs(limits: StreamLimits): Partial<StreamConfig>[] {
  return [
    { ...mailStream(STREAMS.spool, 'spool.>', limits.spoolBytes, limits), max_msgs_per_subject: -1 },
    { ...mailStream(STREAMS.deliver, 'deliver.>', limits.recordBytes, limits), retention: 'workqueue' },
    // One record per subject: an update replaces the state before it (expected sequences guard against a lost race).
    {
      ...mailStream(STREAMS.queue, 'queue.>', limits.recordBytes, limits),
      max_msgs_per_subject: 1,
      allow_atomic: true,
    },
    {
      name: STREAMS.events,
      subjects: ['evt.*'],
      storage: 'file',
      retention: 'limits',
      discard: 'old',
      max_bytes: limits.eventBytes,
      max_age: limits.eventAgeDays * 86_400 * SECOND,
      num_replicas: limits.replicas,
      allow_direct: true,
      // Events are never in the way of mail: one server may write them behind (three replicas refuse that mode).
      ...(limits.replicas === 1 ? { persist_mode: 'async' as const } : {}),
    },
  ];
}

/**
 * Creates the streams or brings their limits up to date. Never deletes one, and never creates one that vanished under running agents.
 * Waits for servers that are still finding each other.
 */
export async function provisionStreams(jsm: JetStreamManager, limits: StreamLimits = DEFAULT_LIMITS): Promise<void> {
  for (const config of streamConfigs(limits)) await untilAnswered(() => provisionStream(jsm, config));
}

async function provisionStream(jsm: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  const name = config.name ?? '';
  try {
    await jsm.streams.info(name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== 10059) throw error;
    await jsm.streams.add({ ...config, name });
    return;
  }
  // Retention, storage and persistence cannot change on a living stream.
  const { name: _name, storage: _storage, retention: _retention, persist_mode: _mode, ...mutable } = config;
  await jsm.streams.update(name, mutable);
}
