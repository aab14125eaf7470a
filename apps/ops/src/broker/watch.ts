import { type Bus, type BusLogger, endsWithin } from '@postroad/bus';
import { type Metrics, METRICS } from '@postroad/telemetry';
import { type Look, lookAt } from './look.ts';

const TIMES = {
  /** Between two looks. */
  everyMs: 15_000,
  /** For one look. */
  limitMs: 10_000,
  /** How long its values are told when later looks fail: then nobody takes them for today's. */
  keepMs: 60_000,
};

/** Looks at the broker now and then, and tells of it in the metrics. */
export function watchBroker(
  deps: { readonly bus: Bus; readonly metrics: Metrics; readonly logger: BusLogger },
  monitors: readonly string[],
  times: Partial<typeof TIMES> = {},
): { stop(): void } {
  const { everyMs, limitMs, keepMs } = { ...TIMES, ...times };
  let last: { readonly look: Look; readonly at: number; readonly unix: number } | null = null;
  let looking = false;
  let stopped = false;
  const round = async (): Promise<void> => {
    const work = lookAt(deps.bus, monitors);
    try {
      if (!(await endsWithin(work, limitMs))) throw new Error(`no answer within ${limitMs} ms`);
      last = { look: await work, at: performance.now(), unix: Date.now() / 1_000 };
    } catch (error) {
      if (!stopped) deps.logger.warn({ err: error }, 'streams and consumers could not be looked at; trying again');
    }
  };
  const turn = (): void => {
    if (looking) return;
    looking = true;
    void round().finally(() => (looking = false));
  };
  tell(deps.metrics, () => (last !== null && performance.now() - last.at <= keepMs ? last.look : null));
  deps.metrics.gauges(METRICS.brokerLook, () => (last === null ? [] : [{ labels: {}, value: last.unix }]));
  turn();
  const timer = setInterval(turn, everyMs).unref();
  return {
    stop: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
}

function tell(metrics: Metrics, fresh: () => Look | null): void {
  const streams = (read: (stream: Look['streams'][number]) => number | null) => () =>
    (fresh()?.streams ?? []).flatMap((each) => {
      const value = read(each);
      return value === null ? [] : [{ labels: { stream: each.stream }, value }];
    });
  metrics.gauges(
    METRICS.streamBytes,
    streams(({ bytes }) => bytes),
  );
  metrics.gauges(
    METRICS.streamMaxBytes,
    streams(({ maxBytes }) => maxBytes),
  );
  metrics.gauges(
    METRICS.streamMessages,
    streams(({ messages }) => messages),
  );
  metrics.gauges(
    METRICS.streamOldest,
    streams(({ oldest }) => oldest),
  );
  metrics.gauges(
    METRICS.streamReplicasBehind,
    streams(({ replicasBehind }) => replicasBehind),
  );

  const consumers = (read: (consumer: Look['consumers'][number]) => number | undefined) => () =>
    (fresh()?.consumers ?? []).flatMap((each) => {
      const value = read(each);
      return value === undefined ? [] : [{ labels: { stream: each.stream, consumer: each.consumer }, value }];
    });
  metrics.gauges(
    METRICS.consumerPending,
    consumers(({ state }) => state?.pending),
  );
  metrics.gauges(
    METRICS.consumerAckPending,
    consumers(({ state }) => state?.ackPending),
  );
  metrics.gauges(
    METRICS.consumerMissing,
    consumers(({ state }) => (state === null ? 1 : 0)),
  );

  const servers = (read: (server: Look['servers'][number]) => number | null) => () =>
    (fresh()?.servers ?? []).flatMap((each) => {
      const value = read(each);
      return value === null ? [] : [{ labels: { server: each.server }, value }];
    });
  metrics.gauges(
    METRICS.brokerStorageBytes,
    servers(({ bytes }) => bytes),
  );
  metrics.gauges(
    METRICS.brokerStorageMaxBytes,
    servers(({ maxBytes }) => maxBytes),
  );
}
