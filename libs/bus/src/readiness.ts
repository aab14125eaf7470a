import { probe, type Readiness } from '@postroad/telemetry';
import type { BucketName } from './buckets.ts';
import type { Bus } from './bus.ts';
import type { StreamName } from './subjects.ts';

/** Whether the leader of a bucket answers: what is not in a cache can be read now, and that it is missing can be told. */
export function bucketReadiness(bus: Bus, bucket: BucketName): Readiness {
  // The key need not exist: "there is none" is an answer too.
  return probe(`the bucket ${bucket} cannot be read`, () => bus.readBack(`KV_${bucket}`, `$KV.${bucket}.readyz`));
}

/** Whether the durable consumer of a role is there and its leader answers. */
export function consumerReadiness(bus: Bus, stream: StreamName, durable: string): Readiness {
  return probe(`the consumer ${durable} of ${stream} does not work`, () => bus.jsm.consumers.info(stream, durable));
}
