import { JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import { untilAnswered } from './until-answered.ts';

const BUCKETS = ['directory', 'verifiers', 'leases'] as const;
export type BucketName = (typeof BUCKETS)[number];

/** Creates the KV buckets (streams with KV's settings), or brings the number of replicas up to date; waits like `provisionStreams`. */
export async function provisionBuckets(jsm: JetStreamManager, replicas: number): Promise<void> {
  for (const bucket of BUCKETS) await untilAnswered(() => provisionBucket(jsm, bucket, replicas));
}

async function provisionBucket(jsm: JetStreamManager, bucket: BucketName, replicas: number): Promise<void> {
  const name = `KV_${bucket}`;
  try {
    const found = await jsm.streams.info(name);
    if (found.config.num_replicas !== replicas) await jsm.streams.update(name, { num_replicas: replicas });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== 10059) throw error;
    await jsm.streams.add({
      name,
      subjects: [`$KV.${bucket}.>`],
      storage: 'file',
      retention: 'limits',
      discard: 'new',
      max_msgs_per_subject: 1,
      max_msg_size: 128 * 1024,
      num_replicas: replicas,
      allow_direct: true,
      deny_delete: true,
      allow_rollup_hdrs: true,
      duplicate_window: 120_000_000_000,
    });
  }
}
