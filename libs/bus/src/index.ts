export { type AgentContext, type AgentSettings, openAgent } from './agent.ts';
export { provisionBuckets } from './buckets.ts';
export { type BrokerConfig, renderBrokerConfig } from './broker-config.ts';
export { Bus, type BusLogger, type BusOptions } from './bus.ts';
export type { ConsumeOptions, Consumption } from './consume.ts';
export { CONSUMERS } from './consumers.ts';
export { checkDurability, type Durability, readJsz } from './durability.ts';
export { BusUnavailable, Conflict, NotDurable, ReadInterrupted, StreamFull, UnknownVersion } from './errors.ts';
export { Lease, type LeaseBefore, type LeaseOptions } from './lease.ts';
export { type Agent, AGENTS } from './permissions.ts';
export type { PublishOptions } from './publish.ts';
export { decodeRecord, encodeRecord, type Versioned } from './record.ts';
export { DEFAULT_LIMITS, provisionStreams, type StreamLimits } from './streams.ts';
export {
  DEFAULT_POOL,
  isPoolName,
  queueIdOf,
  queuePlaceOf,
  relayLeases,
  shardOf,
  SHARDS,
  type StreamName,
  STREAMS,
  subjects,
} from './subjects.ts';
export { moveToPool, type PoolMove } from './queue-move.ts';
export type { JsMsg } from '@nats-io/jetstream';
export { bucketReadiness, consumerReadiness } from './readiness.ts';
export { type ReadOptions, StreamReader } from './stream-reader.ts';
export { endsWithin } from './within.ts';
export {
  createQueueRecord,
  moveQueueRecord,
  openQueueRecords,
  QUEUE_HEADERS,
  queueRecordsOf,
  readQueueRecord,
  unattempted,
  type StoredRecord,
} from './queue.ts';
export {
  type DeliverRecord,
  isFinal,
  isGranted,
  withoutGrant,
  plainAddress,
  type QueueRecord,
  type QueueState,
  RECIPIENTS_PER_RECORD,
  type RecordRecipient,
} from './records.ts';
