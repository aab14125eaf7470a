export { decodeHead } from './head.ts';
export { spoolMessage } from './read.ts';
export { openSpool, type SpoolOptions } from './spool.ts';
export * from './types.ts';
export { type NotificationOptions, type NotifiedRecipient, spoolNotification } from './notification.ts';
export { cancel, operate, type OperationResult, type OperatorDeps } from './queue-operations.ts';
