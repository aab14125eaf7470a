import type { PoolConfig } from 'pg';
import type { S3Options } from '../s3/client.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, or the same as the configuration of a pool of `pg`. */
  readonly url?: string;
  readonly pool?: PoolConfig;
  /** Where contents above `inlineLimit` go; without it they are kept in the database, in pieces. */
  readonly s3?: S3Options;
  /** Contents up to so many octets are a column of their row. Default 128 KiB. */
  readonly inlineLimit?: number;
  /** `relaxed` accepts a server that runs with `fsync = off`: for tests, where power loss costs nothing. */
  readonly durability?: 'synced' | 'relaxed';
  /** Connections of this process. Default 10. */
  readonly connections?: number;
  /** Folder for contents on their way in that are too large for memory. Default: that of the system for temporary files. */
  readonly spoolDirectory?: string;
  /** Whether this process takes part in writing the text index behind deliveries. Default true. */
  readonly indexer?: boolean;
}
