export * from './address.ts';
export * from './envelope.ts';
export * from './queue-id.ts';
export * from './status.ts';
