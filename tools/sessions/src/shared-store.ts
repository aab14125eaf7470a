import { TestPostgres, TestS3 } from '@postroad/testkit';

/** PostgreSQL and an S3 server, and how an mda is told of them. */
export interface SharedStore {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Contents above 64 KiB go to S3, so that the few large messages of a run do. */
export async function startSharedStore(): Promise<SharedStore> {
  const postgres = await TestPostgres.start();
  const s3 = await TestS3.start();
  return {
    env: {
      POSTROAD_MDA_STORE: 'postgres',
      POSTROAD_MDA_POSTGRES_URL: postgres.createDatabase('mail'),
      POSTROAD_MDA_S3_ENDPOINT: s3.endpoint,
      POSTROAD_MDA_S3_REGION: s3.region,
      POSTROAD_MDA_S3_BUCKET: s3.bucket,
      POSTROAD_MDA_S3_ACCESS_KEY_ID: s3.accessKeyId,
      POSTROAD_MDA_S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
      POSTROAD_MDA_INLINE_LIMIT: String(64 << 10),
    },
    stop: async () => {
      await postgres.stop();
      await s3.stop();
    },
  };
}
