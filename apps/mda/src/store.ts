import { type MailStore, openPostgresStore, openSqliteStore } from '@postroad/mailstore';
import { type Metrics, METRICS, probe, type Readiness } from '@postroad/telemetry';
import type { MdaConfig } from './config.ts';

/** The mailbox store this process is told to use (DESIGN §4). */
export function openStore(config: MdaConfig): Promise<MailStore> {
  const { inlineLimit } = config;
  if (config.store === 'sqlite') return openSqliteStore({ directory: config.storeDir, inlineLimit });
  if (config.postgresUrl === '') throw new Error('POSTROAD_MDA_POSTGRES_URL says where PostgreSQL is; it is empty');
  return openPostgresStore({
    url: config.postgresUrl,
    connections: config.postgresConnections,
    durability: config.durability === 'relaxed' ? 'relaxed' : 'synced',
    inlineLimit,
    ...(config.s3Endpoint !== '' && {
      s3: {
        endpoint: config.s3Endpoint,
        region: config.s3Region,
        bucket: config.s3Bucket,
        prefix: config.s3Prefix,
        forcePathStyle: config.s3PathStyle,
        accessKeyId: config.s3AccessKeyId,
        secretAccessKey: config.s3SecretAccessKey ?? '',
      },
    }),
  });
}

/** Whether the store answers: by the smallest read that goes to its tables, makes no account and is in no cache. */
export function storeReadiness(store: Pick<MailStore, 'sharedWith'>): Readiness {
  return probe('the mailbox store does not answer', () => store.sharedWith('/readyz'));
}

/** How often the store is asked what is not indexed yet. */
const LOOK_MS = 15_000;

/** Tells how far the text index is behind, as of a look every 15 s; nothing while the store does not answer. */
export function watchBacklog(
  store: Pick<MailStore, 'indexBacklog'>,
  metrics: Metrics,
  everyMs = LOOK_MS,
): { drain(): Promise<void> } {
  let behind: number | null = null;
  let looking = false;
  const look = (): void => {
    if (looking) {
      behind = null;
      return;
    }
    looking = true;
    void store
      .indexBacklog()
      .then(
        (messages) => (behind = messages),
        () => (behind = null),
      )
      .finally(() => (looking = false));
  };
  metrics.gauges(METRICS.searchBehind, () => (behind === null ? [] : [{ labels: {}, value: behind }]));
  look();
  const timer = setInterval(look, everyMs).unref();
  return {
    drain: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
