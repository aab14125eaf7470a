export { composeDsn } from './compose.ts';
export { dsnQueueId } from './dsn-queue-id.ts';
export { parseDsn } from './parse.ts';
export type * from './types.ts';
