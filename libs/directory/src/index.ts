export { splitAddress } from './keys.ts';
export { KvDirectory } from './reader.ts';
export * from './types.ts';
export { KvDirectoryWriter } from './writer.ts';
