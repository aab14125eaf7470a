import { type Bus, CONSUMERS, readJsz, STREAMS, type StreamName } from '@postroad/bus';

/** What stood at the broker at one moment. */
export interface Look {
  readonly streams: readonly StreamLook[];
  readonly consumers: readonly ConsumerLook[];
  readonly servers: readonly ServerLook[];
}

interface StreamLook {
  readonly stream: StreamName;
  readonly bytes: number;
  /** Null: without a limit. */
  readonly maxBytes: number | null;
  readonly messages: number;
  /** Seconds; 0 when it is empty. */
  readonly oldest: number;
  readonly replicasBehind: number;
}

interface ConsumerLook {
  readonly stream: StreamName;
  readonly consumer: string;
  /** Null: it is not there. */
  readonly state: { readonly pending: number; readonly ackPending: number } | null;
}

interface ServerLook {
  /** `host:port` of its monitoring. */
  readonly server: string;
  readonly bytes: number;
  readonly maxBytes: number | null;
}

/** JetStream's “no such consumer”. */
const NO_CONSUMER = 10014;

/** Asks for streams, the consumers the road needs, and the storage of each server. @throws when streams or consumers cannot be told */
export async function lookAt(bus: Bus, monitors: readonly string[]): Promise<Look> {
  const [streams, consumers, servers] = await Promise.all([
    Promise.all(Object.values(STREAMS).map((stream) => lookAtStream(bus, stream))),
    Promise.all(Object.values(CONSUMERS).map(({ stream, durable }) => lookAtConsumer(bus, stream, durable))),
    Promise.all(monitors.map(lookAtServer)),
  ]);
  return { streams, consumers, servers: servers.filter((server) => server !== null) };
}

async function lookAtStream({ jsm }: Bus, stream: StreamName): Promise<StreamLook> {
  const { state, config, cluster } = await jsm.streams.info(stream);
  const replicas = cluster?.replicas ?? [];
  return {
    stream,
    bytes: state.bytes,
    maxBytes: config.max_bytes > 0 ? config.max_bytes : null,
    messages: state.messages,
    oldest: state.messages === 0 ? 0 : Math.max(0, Date.now() - Date.parse(state.first_ts)) / 1_000,
    replicasBehind: replicas.filter(({ current, offline, lag }) => offline === true || !current || (lag ?? 0) > 0)
      .length,
  };
}

async function lookAtConsumer({ jsm }: Bus, stream: StreamName, consumer: string): Promise<ConsumerLook> {
  try {
    const { num_pending: pending, num_ack_pending: ackPending } = await jsm.consumers.info(stream, consumer);
    return { stream, consumer, state: { pending, ackPending } };
  } catch (error) {
    if ((error as { code?: unknown }).code !== NO_CONSUMER) throw error;
    return { stream, consumer, state: null };
  }
}

/** Null for a server that does not answer: it may be down, and the others still tell of the streams. */
async function lookAtServer(monitor: string): Promise<ServerLook | null> {
  try {
    const { storage = 0, config } = await readJsz(monitor);
    const max = config?.max_storage ?? 0;
    return { server: new URL(monitor).host, bytes: storage, maxBytes: max > 0 ? max : null };
  } catch {
    return null;
  }
}
