import { type MailStore, openPostgresStore, openSqliteStore } from '@postroad/mailstore';
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
